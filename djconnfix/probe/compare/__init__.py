"""The project's own requests under several ways of keeping connections, in turn, and what each came to."""
