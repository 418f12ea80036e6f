"""Seeds: a document that says which companies, credentials and sessions there are."""
