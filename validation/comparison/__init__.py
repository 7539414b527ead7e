"""The same questions to other packages, and their answers beside ours."""
