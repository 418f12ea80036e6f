"""All that leans on insides of uvicorn or FastAPI: the place to look when either is updated."""
