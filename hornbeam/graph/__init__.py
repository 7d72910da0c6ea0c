"""The graph room: symbolic tensors, the nodes that made them, and models found by walking back."""
