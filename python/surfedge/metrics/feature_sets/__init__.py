"""How alike two sets of images are, from features of a network, one row an image: FID, KID, nearest neighbours."""
