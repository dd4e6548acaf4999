"""The pictures of the guides, drawn from what the components compute: `gallery` draws and checks all of them."""
