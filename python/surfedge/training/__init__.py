"""Training: good images and a recipe in, a bundle out. Torch and Lightning live in this folder and nowhere else.

recipe.py   the TOML file        pictures.py crops.py   what the network sees
networks/   one file each        losses/                one file each
fit.py      the loop             export.py parity.py    the runtime's graph, certified equal
train.py    all of it in order
"""
