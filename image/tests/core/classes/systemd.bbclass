# The real class enables units when packages are installed; nothing is installed here.
