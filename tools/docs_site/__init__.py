"""The documents as a site: `python -m tools.docs_site` (`make docs`) builds it into site/ and checks every link."""
