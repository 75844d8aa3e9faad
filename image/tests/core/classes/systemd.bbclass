# It enables units when packages are installed, of which there are none here.
