"""Who acted: identifiers cleaned, personal data replaced by pseudonyms. Pure."""
