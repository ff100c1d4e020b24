"""What people mean by a folder's name: good, defective, masks, training or test images."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum

GOOD = "good"
UNLABELLED = "unlabelled"  # a class folder of images that nobody has named: learned from where no class is needed


class Meaning(Enum):
    """What the images of a folder are, by its name."""

    GOOD = "good"
    DEFECT = "defect"
    MASK = "masks"
    UNKNOWN = ""


def words(text: str) -> frozenset[str]:
    """The words of a text, each once."""
    return frozenset(text.split())


_GOOD_WORDS = words(
    "good ok okay normal normals gut io fine clean perfect pass passed healthy intact accept accepted accepts negative "
    "negatives flawless faultless faultfree defectfree defectless fehlerfrei conform conforming conformal bon bonne "
    "bons bonnes bien bueno buena buenos buenas buono buona goed godkand dobry dobre unremarkable undamaged"
)
_DEFECT_WORDS = words(
    "bad defect defects defective defectives ng nok nio ko nogood anomaly anomalies anomalous anomal abnormal faulty "
    "fault faults reject rejects rejected scrap fail fails failed failure broken damage damaged damages positive "
    "positives flaw flaws error errors schlecht fehler fehlerhaft defekt defekte ausschuss mauvais mauvaise defaut "
    "defauts malo defecto defectos difetto difetti scratch scratches scratched crack cracks cracked hole holes dent "
    "dents dented stain stains pit pits pitted pitting inclusion inclusions dirt contamination contaminated glue rust "
    "corrosion blister blisters burr burrs chipped bent wrinkle wrinkles crazing bubble bubbles bump bumps "
    "tear tears torn kratzer riss risse loch loecher delle dellen fleck flecken rost"
)
_OPPOSITES = words("no non not nicht un without sans ohne sin senza free kein keine zero")
_NEUTRAL = words(
    "image images img imgs picture pictures pics part parts piece pieces sample samples photo photos frames class data "
    "set only all the bilder teile surface product products item items"
)
_MASK_NAMES = words(
    "mask masks gt gts groundtruth groundtruths groundtruthmasks label labels labelmask labelmasks segmentation "
    "segmentations segmask segmasks annotation annotations truth truths defectmask defectmasks maske masken"
)
_SURE_MASK_NAMES = frozenset(("groundtruth", "groundtruths", "groundtruthmasks"))
TRAIN_NAMES = words("train training trainset")
TEST_NAMES = words("test testing tests testset")
VALIDATION_NAMES = words("val valid validation")
_IMAGE_NAMES = words("image images img imgs picture pictures photos frames bilder data")
_SPLIT_NAMES = TRAIN_NAMES | TEST_NAMES | VALIDATION_NAMES


def meaning_of(name: str, good: Sequence[str] = ()) -> Meaning:
    """What a folder called `name` holds; with `good`, these names alone are good, whatever they say.

    >>> [meaning_of(name).name for name in ("OK", "not_good", "no defects", "Ground Truth", "camera 2", "deep-scratch")]
    ['GOOD', 'DEFECT', 'GOOD', 'MASK', 'UNKNOWN', 'DEFECT']
    """
    if good:
        if name in good:
            return Meaning.GOOD
        return Meaning.MASK if _is_for_masks(name) else Meaning.UNKNOWN
    if _is_for_masks(name):
        return Meaning.MASK
    said = [word for word in _split(name) if word not in _NEUTRAL]
    together = "".join(said)
    if together in _GOOD_WORDS:
        return Meaning.GOOD
    if together in _DEFECT_WORDS:
        return Meaning.DEFECT
    return _meaning_of_words(said)


def _meaning_of_words(said: list[str]) -> Meaning:
    """What several words say: an opposite turns them round, a defect among others is a defect."""
    is_turned = sum(word in _OPPOSITES for word in said) % 2 == 1
    rest = [word for word in said if word not in _OPPOSITES]
    if any(word in _DEFECT_WORDS for word in rest):
        return Meaning.GOOD if is_turned and all(word in _DEFECT_WORDS for word in rest) else Meaning.DEFECT
    if rest and (all(word in _GOOD_WORDS for word in rest) or rest[0] in ("good", "ok")):
        return Meaning.DEFECT if is_turned else Meaning.GOOD
    return Meaning.UNKNOWN


def is_role(name: str) -> bool:
    """Whether the name says what a folder is for, not what its images show: images, masks, train, test."""
    return plain(name) in _SPLIT_NAMES | _IMAGE_NAMES or _is_for_masks(name)


def _is_for_masks(name: str) -> bool:
    said = [word for word in _split(name) if word not in _SPLIT_NAMES and word not in _NEUTRAL]
    return plain(name) in _MASK_NAMES or "".join(said) in _MASK_NAMES


def is_surely_masks(name: str) -> bool:
    """Whether a folder of this name holds masks whatever its images hold; "labels" may be a product's."""
    return plain(name) in _SURE_MASK_NAMES


def plain(name: str) -> str:
    """Letters and digits alone, small.

    >>> plain("Ground-Truth_2")
    'groundtruth2'
    """
    return re.sub(r"[\W_]+", "", name).casefold()


def _split(name: str) -> list[str]:
    """Small words of a name: "NotGood_03" gives not, good."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return [word for word in re.split(r"[\W_\d]+", spaced.casefold()) if word]
