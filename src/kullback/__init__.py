"""Information-theoretic statistics with honest uncertainty.

The package is a table of contents; import from the room you need (nothing heavy is loaded here).

=========================  =====================================================================
``kullback.binning``       optimal binning, weight of evidence (:class:`~kullback.binning.OptimalBinner`)
``kullback.bounds``        causal effects under unmeasured confounding
``kullback.scorecard``     scorecards with points and standard errors
``kullback.metrics``       information value, PSI, discrimination, calibration, disparity
``kullback.inference``     estimates that carry their influence values; intervals, tests, delta method
``kullback.information``   entropies, divergences and contingency tables
``kullback.report``        the validation report, also ``kullback scorecard`` on the command line
``kullback.datasets``      simulated and real data
=========================  =====================================================================
"""

__version__ = "0.1.0"
__all__ = ["__version__"]
