"""The page: static files that the API's process serves, nothing built, nothing fetched."""
