"""JSON bodies of products and price plans, with every field StepPay's own examples carry."""

from __future__ import annotations

from typing import Any

from widget_server.demo.simulator.catalogue import Price, Product

Body = dict[str, Any]

_MADE = "2023-01-01T00:00:00"
_VENDOR = "00000000-0000-4000-8000-000000000000"


def product_body(product: Product) -> Body:
    """The answer of `GET /api/v1/products/{code}`."""
    return {
        "id": product.id,
        "code": product.code,
        "type": product.kind,
        "status": "SALE",
        "name": product.name,
        "subTitle": product.english_name,
        "featuredImageUrl": "",
        "imageUrls": [],
        "description": "",
        "summary": None,
        "reasonOfReject": None,
        "sku": None,
        "quantity": None,
        "combinedProducts": [],
        "optionGroups": [],
        "useCombination": True,
        "optionCombinations": [],
        "prices": [price_body(product.price)],
        "createdAt": _MADE,
        "modifiedAt": _MADE,
        "enabledDemo": product.trial_days > 0,
        "demoPeriod": product.trial_days,
        "demoPeriodUnit": "DAY",
        "categories": [],
        "vendorUuid": _VENDOR,
        "productOrder": 0,
        "isOnetimePurchasable": False,
        "eventBadge": [],
        "notice": None,
        "useWidget": dict.fromkeys(("useDemo", "useEventBadge", "useOnetimePurchasable", "useNotice"), False),
        "groupId": None,
        "countrySetting": None,
        "availableRegions": [],
    }


def price_body(price: Price) -> Body:
    """One price plan, as it stands in products, order items and subscriptions."""
    return {
        "id": price.id,
        "code": price.code,
        "price": float(price.amount),
        "unit": "개",
        "planName": price.plan_name,
        "planDescription": "",
        "type": "ONE_TIME" if price.order_type == "ONE_TIME" else "FLAT",
        "enabledFirstSalePrice": False,
        "firstSalePrice": 0,
        "claimMethodType": "PRE",
        "whenToClaimType": "FIRST_PAYMENT",
        "billingDate": 0,
        "maximumPurchaseQuantity": 0,
        "membershipExpirationDate": 0,
        "membershipExpirationDateType": None,
        "setupOption": None,
        "options": [],
        "volumes": [],
        "additionalBilling": None,
        "recurring": _recurring(price),
        "createdAt": _MADE,
        "modifiedAt": _MADE,
        "plan": plan_body(price),
        "firstSale": {"enabled": False, "price": 0},
        "claim": {
            "methodType": "PRE",
            "whenToClaimType": "FIRST_PAYMENT",
            "billingDate": 0,
            "provideStartDay": None,
        },
        "basicServing": 0,
        "bundlePrices": [],
        "onetimeBundlePrice": 0,
        "order": 0,
    }


def plan_body(price: Price) -> Body:
    """The name part of a price plan."""
    return {
        "name": price.plan_name,
        "description": "",
        "detailDescription": "",
        "isHiddenFromShop": False,
        "adminName": None,
    }


def _recurring(price: Price) -> Body | None:
    if price.order_type != "RECURRING_INITIAL":
        return None
    return {
        "id": price.id,
        "intervalCount": 1,
        "aggregateUsageType": "SUM",
        "interval": "MONTH",
        "usageType": "LICENSED",
    }
