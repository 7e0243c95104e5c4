"""Vocabulary of column names and label values: roles that a name suggests, and the class of a value."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

ID = (
    "id unit_id uid uuid guid sample_id entity_id row_id item_id record_id case_id part_id image_id "
    "patient_id customer_id device_id example_id instance_id unit serial serial_number serial_no sn key "
    "sample image img filename file filepath image_path file_path path index idx row name inst instance"
).split()
LABEL = (
    "label y y_true ytrue true_label truth target labels targets ground_truth groundtruth gt actual "
    "actuals true_class label_value class classes outcome is_defect defective y_test observed "
    "gt_label label_gt actual_label actual_class true_labels gold gold_label ground_truth_label "
    "label_true labels_true defect is_defective"
).split()
LABEL_LIKE = (
    "is_fraud fraud churn churned exited readmitted default defaulted failure machine_failure failed "
    "anomaly is_anomaly has_defect is_bad bad faulty is_faulty fault defect_flag target_class spam is_spam "
    "obs diagnosis survived defekt fehler defaut defecto ist truetag true_tag 不良 ラベル"
).split()
"""Names of a label, used if no other column has a label's name."""
LABEL_ENDS = tuple("_label _labels _outcome _target _targets _truth _y_true _y_test".split())
TRUE_WORDS = frozenset(
    "true truth gt actual actuals ground groundtruth gold ytrue observed".split()
)
"""Words that mark a label as the truth instead of a prediction."""
WEIGHT = "weight weights sample_weight case_weight w".split()
VALUE = "value unit_value amount price cost revenue".split()
GROUP = "group group_id cluster cluster_id batch batch_id lot lot_id".split()
GROUP_WORDS = frozenset(
    "wafer panel tray run date day patient subject donor reel coil heat cast melt charge ingot roll "
    "sheet strip board pallet box carton cassette magazine carrier order job session visit series "
    "sequence scene video clip plate slide household specimen".split()
) | {word for word in GROUP if "_" not in word}
"""Words of a column that may be a group; only the names in `GROUP` are taken for one."""
GROUP_ENDS = frozenset("id ids no nr num number nummer code name key index idx".split())
_GROUP_END = re.compile(r"(?<=[a-z]{3})(id|no|nr|num|number)?\d*$")
SEGMENT = "segment segments line site camera plant region product slice".split()
SPLIT = "split partition subset dataset set usage fold_type data_split".split()
OTHER = (
    "fold cv_fold folds cohort tier year month day date time timestamp datetime "
    "week hour sex gender age age_cat race ethnicity state country city defect_type seed repeat repetition "
    "row row_number rownum index idx unnamed_0 index_level_0 schema_version version latency seconds threshold"
).split() + SPLIT
MODEL_KEY = (
    "model model_name model_id model_key algorithm classifier estimator learner forecast_type"
).split()
SCORE = (
    "score y_score scores prob probability proba p y_prob y_proba y_hat pred_prob pred_proba probwin "
    "prediction_proba predicted_probability prediction_probability oof_proba oof_prob confidence p1 "
    "target prediction"
).split()
HARD = (
    "predict prediction predictions predicted pred preds pred_class predicted_label predicted_class y_pred "
    "ypred decision hard_prediction flag flagged alarm alert"
).split()

_CORRECTED = frozenset(
    "corrected fixed reviewed verified final clean cleaned audited new true gold manual human v2 2".split()
)
_SORT_WORDS = frozenset("type class mode category".split())
"""Words of a column that names the kind of a defect, next to a word for a defect."""
_LIKENESS = frozenset("normality similarity abnormality".split())
_OF_TRUTH = frozenset("class label labels target".split())
_OF_ACTUAL = frozenset(LABEL) - {"y"}
"""Names that are a label together with a word of the truth; ``gt_y`` may be a position in a picture."""
_SCORE_WORDS = frozenset(
    "score scores prob probs proba probas probability probabilities confidence confidences conf logit "
    "logits likelihood oof phat pd konfidenz confianza confiance".split()
)
_PREDICTED = re.compile(
    r"pred(s|icts?|icted|icting|iction|ictions|icho|iccion|it|ite)?$|ypred$|y?hat$|vorhersagen?$|vorhergesagt$"
)
_CHANCE = ("prob", "score", "wahrscheinlichkeit", "vraisemblance")
"""Beginnings of words in a score's name."""
_PREDICTED_WORDS = frozenset(
    "scored likely decision decisions decided classified classification assigned inferred argmax "
    "response guess verdict output top1".split()
)
_CHECKED = frozenset("final reviewed verified corrected audited manual human".split())
"""Words of a name that a person's judgement has, and a model's newer version has not."""
_JUDGEMENTS = frozenset("verdict decision decisions decided classification".split())
"""Words of `_PREDICTED_WORDS` for what a person may do, too."""
_MODEL_WORDS = frozenset(
    "rf xgb xgboost lgb lgbm lightgbm gbm gbdt catboost svm svc cnn rnn lstm nn mlp lr logreg knn nb vit "
    "resnet efficientnet yolo net boosting forest bayes logistic regression classifier model ensemble "
    "stacking baseline detector patchcore padim tree trees rule rules gradient vendor autoencoder "
    "siamese transformer flow".split()
)
_FEATURE_WORDS = frozenset(
    "blur contrast brightness sharpness humidity temperature temp pressure area width height length size "
    "noise entropy exposure saturation hue intensity mean std min max median ratio density roughness "
    "thickness speed voltage current torque vibration gloss depth angle income balance distance_mm "
    "iou occupancy load hour shift age bmi feature feat x1 x2 x3 f1 f2 f3 luminance gamma occlusion "
    "coverage edges".split()
)
GOOD_WORDS = frozenset(
    "conform conformance goodness trust trusted health yield repay repaid repayment survival survive "
    "survived goods good ok okay io normal normality healthy pass passed passes passing accept accepted "
    "acceptable acceptability fine intact benign legit genuine nominal conforming conformity compliant "
    "clean inlier negative neg undamaged unbroken flawless soundness gut gutteil gutteile "
    "gutwahrscheinlichkeit fehlerfrei einwandfrei konform conforme conformes bon bonne bons bueno buena "
    "buenos".split()
)
_LIKE_GOOD = frozenset("match credit similarity similar ssim psnr cosine quality".split())
"""Words of a score that usually increases for good units."""
DEFECT_WORDS = frozenset(
    "defect defects defective bad ng nok nio fail failed failure fails reject rejected anomaly anomalous "
    "anomalies abnormal faulty fault broken scrap damaged damage outlier fraud malignant positive pos "
    "flagged alarm flaw flaws def defekt fehler fehlerhaft mangel ausschuss".split()
)
_GOOD_PARTS, _DEFECT_PARTS = (
    unicodedata.normalize("NFKD", text).split()
    for text in ("良品 合格 正常 정상 양품", "不良 不合格 異常 异常 欠陥 缺陷 불량")
)
"""Parts of words in languages without spaces; those of the defect take precedence."""
_SHIPS, _REJECTS = (
    "ship ships shipped release released keep kept send sent deliver delivered approve approved cleared",
    "hold held withhold withheld stop stopped block blocked quarantine quarantined rework reworked scrapped "
    "discard discarded remove removed ausschuss",
)
_DECISIONS = dict.fromkeys(_SHIPS.split(), "accepted") | dict.fromkeys(_REJECTS.split(), "rejected")
"""Words of a decision that mean the same as a word of `GOOD_WORDS` or `DEFECT_WORDS`."""
_MADE_TODAY = frozenset(
    "decision decisions decided verdict action disposition today todays current existing present live "
    "incumbent legacy operator inspector".split()
)
_EITHER_WAY = frozenset(
    "distance dist margin similarity ssim likelihood loglik energy density rank function samples "
    "pvalue".split()
)
"""Words of a score whose direction is not clear from its name."""
_NEGATIONS, _FREE = frozenset("not non no un without".split()), frozenset("free frei".split())
"""Words that negate the next word, and words that negate the one before: ``no_defect``, ``defect_free``."""
GOOD_LABEL_WORDS = frozenset(
    "gut gutteil fehlerfrei einwandfrei konform conform conforme conforming compliant healthy intact "
    "survived repaid good ok okay pass passed passes passing accept accepted acceptable accepts normal "
    "nominal inlier inliers undamaged flawless".split()
)


def normal(name: str) -> str:
    """Return a name in lower case, without accents, with single underscores between its words."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    plain = "".join(
        c for c in unicodedata.normalize("NFKD", spaced) if not unicodedata.combining(c)
    )
    return re.sub(r"[\W_]+", "_", plain.casefold()).strip("_")


def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a name in lower case."""
    return tuple(filter(None, normal(name).split("_")))


def parts_of(name: str) -> list[str]:
    """Return the words of a name; a number in a word becomes a separate word."""
    return [part for word in words_of(name) for part in re.findall(r"[a-z]+|[0-9]+", word)]


def is_predicted(words: Iterable[str]) -> bool:
    """Whether a name suggests a model's prediction, so that the column is not the truth."""
    return any(_PREDICTED.match(word) or word in _PREDICTED_WORDS for word in words)


def is_unchecked(words: Sequence[str]) -> bool:
    """Whether a name suggests a prediction that nobody checked; ``final_verdict`` is a person's judgement."""
    is_checked = not _CHECKED.isdisjoint(words)
    return is_predicted(word for word in words if not (is_checked and word in _JUDGEMENTS))


def is_made_today(words: Iterable[str]) -> bool:
    """Whether a name suggests decisions of the system in use, such as ``todays_decision``."""
    return not _MADE_TODAY.isdisjoint(words)


def is_true(words: Iterable[str]) -> bool:
    """Whether a name marks the column as the truth."""
    return not TRUE_WORDS.isdisjoint(words)


def is_label(name: str) -> bool:
    """Whether a name is that of a label, such as ``target``, ``GT_Class`` or ``label_corrected``."""
    key, words = normal(name), words_of(name)
    if is_predicted(words):
        return False
    if len(words) > 1 and words[0] in ("label", "labels") and words[1] in _CORRECTED:
        return True
    return (
        key in LABEL
        or key.endswith(LABEL_ENDS)
        or (is_true(words) and not _OF_TRUTH.isdisjoint(words))
        or (is_true(words) and "_".join(w for w in words if w not in TRUE_WORDS) in _OF_ACTUAL)
    )


def is_score(words: Sequence[str]) -> bool:
    """Whether a name is that of a score, such as ``rf_proba``, ``Probability(1)`` or ``p_defect``."""
    if not words:
        return False
    if any(word in _SCORE_WORDS or word.startswith(_CHANCE) for word in words):
        return True
    if words[-1] in _LIKENESS and not is_model(words):
        return True
    if "_".join(words) in ("p", "p0", "p1", "y_hat", "pred", "prediction", "predictions", "y_pred"):
        return True
    speaks_of_class = len(words) > 1 and (
        words[-1].isdigit() or sense_of_words(words[1:]) != 0 or words[1] == "class"
    )
    return words[0] in ("p", "pred", "prediction") and speaks_of_class


def is_model(words: Sequence[str]) -> bool:
    """Whether a name has a word that is typical of models, or ends in a version such as ``v2``."""
    is_version = len(words) > 1 and re.fullmatch(r"v[0-9]+", words[-1]) is not None
    return is_version or any(
        word.rstrip("0123456789") in _MODEL_WORDS or word in _MODEL_WORDS for word in words
    )


def is_feature(words: Sequence[str]) -> bool:
    """Whether a name is that of a measured feature, such as ``blur``; ``blur_rule`` is a model."""
    return not _FEATURE_WORDS.isdisjoint(words) and "rule" not in words


_PERCENT = re.compile(r"per_?cent(?!ile)|prozent(?!rang)|pour_?cent|por_?cien|(^|_)pct($|_)")


def says_percent(name: str) -> bool:
    """Whether a name says that the values are per cent, such as ``net [%]`` or ``svm_pct``."""
    return "%" in name or _PERCENT.search(normal(name)) is not None


_SPREAD = frozenset("std sd se stderr sem lower upper lwr upr lo hi ci var variance".split())
_ERROR = frozenset("error err errors residual residuals loss entropy uncertainty".split())
_JUDGED = frozenset("correct is_correct right hit wrong match matches error err".split())
"""Columns that mark a prediction as right or wrong."""


def is_group_name(name: str) -> bool:
    """Whether a column has a group's name: ``Batch_No``, ``wafer``, ``patient_id``."""
    words = normal(name).split("_")
    if words[-1] in {"id", "ids"} and len(words) > 1:
        return True
    while len(words) > 1 and (words[-1] in GROUP_ENDS or words[-1].isdigit()):
        words.pop()
    return words[-1] in GROUP_WORDS or _GROUP_END.sub("", words[-1]) in GROUP_WORDS


def is_kind_name(name: str) -> bool:
    """Whether a column is named like the kind of a defect: ``defect_type``, ``Fault``, ``failure_mode``."""
    words = set(words_of(name)) - {"of"}
    return words <= _SORT_WORDS | DEFECT_WORDS | {"kind", "flaw"} and not words <= _SORT_WORDS


def spread_of(words: Sequence[str]) -> tuple[str, ...] | None:
    """Return the words of the column whose spread or bound this is, such as ``a`` for ``a_std``."""
    rest = tuple(word for word in words if word not in _SPREAD)
    return rest if len(rest) < len(words) else None


def is_error(words: Iterable[str]) -> bool:
    """Whether a name is that of an error or a loss, which is a score only if there is no other score."""
    return not _ERROR.isdisjoint(words)


def is_training(name: str) -> bool:
    """Whether a column's name, or its value, is about the rows that models were trained on."""
    return any(word.startswith("train") or word in ("fit", "learn") for word in words_of(name))


def is_verdict(name: str) -> bool:
    """Whether a name marks right and wrong predictions."""
    return normal(name) in _JUDGED


def truth_of(words: Sequence[str]) -> tuple[str, ...]:
    """Return the words of the column that is predicted: ``status`` for ``Prediction (Status)``."""
    return tuple(word for word in words if not is_predicted((word,)) and len(word) > 1)


def is_either_way(words: Iterable[str]) -> bool:
    """Whether a score with this name may increase or decrease for a defect, such as a distance."""
    return not _EITHER_WAY.isdisjoint((*words, "".join(words)))


def sense_of_decision(words: Sequence[str]) -> int:
    """Return 1 if words mean to reject a unit, -1 if they mean to ship it, otherwise 0."""
    return sense_of_words([_DECISIONS.get(word, word) for word in words if word not in _LIKE_GOOD])


def sense_of_words(words: Sequence[str]) -> int:
    """Return 1 if words mean the defect, -1 if they mean the good class, otherwise 0."""
    return next(iter(_senses(words, GOOD_WORDS | _LIKE_GOOD)[::-1]), 0)


def _senses(words: Sequence[str], good: frozenset[str]) -> list[int]:
    """Return 1 for each word of a name that means the defect, and -1 for each that means the good class."""
    senses: list[int] = []
    is_negated = False
    # In German, "i.O." means good, and "n.i.O." means not good.
    text = " ".join(words).replace("n i o", "nio").replace("i o", "io")
    text = text.replace("fine tun", "finetun").replace("fine grain", "finegrain")
    for word in text.split():
        if word in _NEGATIONS:
            is_negated = True
        elif word in _FREE and senses:
            senses[-1] = -senses[-1]
        elif sense := _sense_of_word(word, good):
            senses.append(-sense if is_negated else sense)
            is_negated = False
    return senses


def _sense_of_word(word: str, good: frozenset[str]) -> int:
    if word in DEFECT_WORDS or any(part in word for part in _DEFECT_PARTS):
        return 1
    return -int(word in good or any(part in word for part in _GOOD_PARTS))


_CLASS_WORDS = {"yes": 1, "true": 1, "no": -1, "false": -1}
_OF_CLASS = frozenset("p pred prediction predicted class label c y".split())


def sense_of_score(name: str) -> int:
    """Return 1 if a score's name means the defect (``p1``), -1 for the good class (``p0``), otherwise 0."""
    words = words_of(name)
    if sense := sense_of_words(words):
        return sense
    if name.strip() == "0" or not {"p0", "prob0", "proba0"}.isdisjoint(words):
        return -1
    parts = parts_of(name)
    numbers = [part for part in parts if part.isdigit()]
    is_numbered = numbers in (["0"], ["1"]) and len(parts) > 1
    is_numbered &= all(p in _SCORE_WORDS or p in _OF_CLASS for p in parts if p.isalpha())
    if is_numbered and numbers[0] in (parts[0], parts[-1]):
        return 1 if numbers == ["1"] else -1
    if len(words) > 1 and words[-1] in _CLASS_WORDS and is_score(words):
        return _CLASS_WORDS[words[-1]]
    return 0


def is_good_label(words: Sequence[str]) -> bool:
    """Whether a label's name implies that 1 is a good unit, such as ``passed``."""
    return not is_predicted(words) and -1 in _senses(words, GOOD_LABEL_WORDS)


_DECISION = re.compile(
    r"(pred|predicted|predict|decision|class|yhat|is|has|was)_.+"
    r"|.+_(pred|predicted|prediction|class|decision|flag|label|hat)"
)


def is_decision(name: str) -> bool:
    """Whether a name is that of a model's prediction or decision."""
    key = normal(name)
    return key in HARD or is_predicted(words_of(name)) or _DECISION.fullmatch(key) is not None
