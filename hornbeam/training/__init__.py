"""The training room: what compile, fit, evaluate and predict do."""
