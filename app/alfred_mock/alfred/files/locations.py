"""Where Alfred says that a file is."""


def blob_url(company_id: str, file_id: str) -> str:
    """A URL in the form of the captured ones, in a storage account that nobody can ever have.

    Azure's accounts have no dash in their names, so a client that follows the URL reaches no one.
    """
    return f"https://alfred-mock.blob.core.windows.net/tsc-{company_id}-files/{file_id}"
