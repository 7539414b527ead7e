"""A scorecard for the Boston Fed's mortgage applications, judged on rows held out.

Run it with: python docs/examples/scorecard_loanapp.py
"""
# ruff: noqa: T201

import numpy as np
from scipy.stats import false_discovery_control
from sklearn.model_selection import train_test_split

from kullback.binning import OptimalBinner
from kullback.datasets import load_loanapp
from kullback.metrics import adverse_impact_ratio, calibration_test, roc_auc
from kullback.scorecard import Scorecard

loans = load_loanapp()
# typur, who bought the loan, is no candidate: it is filled in after the approval.
candidates = ["obrat", "hrat", "loanprc", "cons", "pubrec", "liq", "netw", "appinc"]
train, test = train_test_split(loans.frame, test_size=0.3, random_state=0, stratify=loans.y)

# approve = 0, a refusal, is the event. Only features whose information is shown enter the model.
binner = OptimalBinner(pos_label=loans.event).fit(train[candidates], train[loans.target])
evidence = binner.summary().to_frame()
evidence["adjusted"] = false_discovery_control(evidence["pvalue"])
print(evidence[["trend", "bins", "iv", "iv_lower", "iv_upper", "iv_table", "adjusted"]].round(3).to_string())

features = evidence.index[evidence["adjusted"] <= 0.05].tolist()
card = Scorecard(pos_label=loans.event).fit(train[features], train[loans.target])
print(card.summary())
print(
    card.table_[["feature", "bin", "count", "event_rate", "woe", "points", "points_se"]].round(2).to_string(index=False)
)

refused = (test[loans.target] == loans.event).astype(int)
probability, points = card.event_probability(test[features]), card.points(test[features])
(low, high), auc = roc_auc(refused, probability).conf_int()[0], float(roc_auc(refused, probability))
print(f"\nAUC on test rows {auc:.3f}, 95% {low:.3f} to {high:.3f}")
print(calibration_test(refused, probability).summary())

accepted = (points >= np.median(card.points(train[features]))).astype(int)
ratio = adverse_impact_ratio(accepted, test["black"])
print(f"Acceptance of black applicants over that of others: {float(ratio):.2f}, 95% {ratio.conf_int()[0].round(2)}")
