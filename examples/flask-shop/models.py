"""The shop's own tables. Those of the checkout begin with `steppay_` and may be in the same database."""

from datetime import date

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Order(Base):
    """What a customer ordered here. `amount`: what StepPay charges first, in won. `subscription`: StepPay's number."""

    __tablename__ = "orders"
    code: Mapped[str] = mapped_column(String(64), primary_key=True)
    product: Mapped[str]
    amount: Mapped[int]
    subscription: Mapped[int | None] = mapped_column(BigInteger, index=True)
    fulfillments: Mapped[list["Fulfillment"]] = relationship(back_populates="order")


class Fulfillment(Base):
    """One for each payment: the key makes a second one impossible. `until`: the last day of the membership it gave."""

    __tablename__ = "fulfillments"
    payment: Mapped[str] = mapped_column(String(64), primary_key=True)
    order_code: Mapped[str] = mapped_column(ForeignKey("orders.code"))
    until: Mapped[date | None]
    is_taken_back: Mapped[bool] = mapped_column(default=False)
    order: Mapped[Order] = relationship(back_populates="fulfillments")
