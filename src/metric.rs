//! What targets are set on: metrics, their polarity, and the built-in list.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::measure::Amount;

/// How a metric is made from measures.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Formula {
    /// The sum of the measure of the same name.
    Sum,
    /// A level (headcount, open pipeline): the last reading of a period, never a sum over time.
    Last,
    /// The sum of one measure ÷ the sum of another. Rolls up by its two sums, never by averaging.
    Ratio { numerator: String, denominator: String },
}

impl Formula {
    /// Whether it is a quotient, which is neither added up nor divided.
    pub fn is_rate(&self) -> bool {
        matches!(self, Formula::Ratio { .. })
    }
}

/// How the readings of a metric make up a period's figure.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum MetricKind {
    /// They are added up.
    Sum,
    /// The last one counts: a level, such as headcount or open pipeline.
    Last,
}

/// Which direction is good.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum Polarity {
    #[default]
    HigherBetter,
    LowerBetter,
    Neutral,
}

impl Polarity {
    pub fn key(self) -> &'static str {
        match self {
            Polarity::HigherBetter => "higher_better",
            Polarity::LowerBetter => "lower_better",
            Polarity::Neutral => "neutral",
        }
    }
}

/// What a metric's numbers count.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    Count,
    #[default]
    Money,
    Percent,
}

/// What a figure stands for, by the codes of IBCS: AC, BU, FC, PL, PY.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Scenario {
    Actual,
    /// Finance's plan.
    Budget,
    /// Latest estimates and other forecasts.
    Forecast,
    /// The target.
    Plan,
    PriorYear,
}

impl Scenario {
    pub const ALL: [Scenario; 5] =
        [Scenario::Actual, Scenario::Budget, Scenario::Forecast, Scenario::Plan, Scenario::PriorYear];

    /// The key of its words.
    pub fn key(self) -> &'static str {
        match self {
            Scenario::Actual => "actual",
            Scenario::Budget => "budget",
            Scenario::Forecast => "forecast",
            Scenario::Plan => "plan",
            Scenario::PriorYear => "prior_year",
        }
    }
}

/// Attainment of a negative target, such as a planned loss.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum NegativeTarget {
    /// 2 − actual ÷ target: a plan of −100 and −80 done is 120 %.
    #[default]
    TwoMinus,
    /// No percentage; the variance ÷ |target| stands for it.
    Absolute,
}

/// From when on a variance matters: thresholds on |Δ| and |Δ%|.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Materiality {
    /// In the metric's own unit; for a rate, in fractions (0.01 is one point).
    pub absolute: Amount,
    /// Fraction of the base, such as 0.05.
    pub relative: Amount,
    /// Whether both thresholds must be reached, or either.
    pub both: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    pub key: String,
    pub formula: Formula,
    pub polarity: Polarity,
    pub unit: Unit,
    /// Decimals shown; a difference that rounds to zero at them is shown as nothing.
    pub decimals: u8,
    pub materiality: Materiality,
    /// How far behind pace its status changes, where it has thresholds of its own.
    pub at_risk: Option<f64>,
    pub critical: Option<f64>,
    /// Further header names, from the configuration.
    pub names: Vec<String>,
}

/// A metric as `attain.toml` writes it; everything left out keeps its default.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MetricSetting {
    /// Whether readings are added up, or the last one counts.
    pub kind: Option<MetricKind>,
    /// The metric above the line of a rate.
    pub numerator: Option<String>,
    /// The metric below the line of a rate.
    pub denominator: Option<String>,
    pub polarity: Option<Polarity>,
    pub unit: Option<Unit>,
    /// Decimals shown.
    #[schemars(range(min = 0, max = 6))]
    pub decimals: Option<u8>,
    /// A variance of at least this much is material, in place of `[variance]`.
    #[schemars(range(min = 0))]
    pub material_absolute: Option<f64>,
    /// A variance of at least this fraction of the base is material, in place of `[variance]`.
    #[schemars(range(min = 0))]
    pub material_relative: Option<f64>,
    /// Whether both thresholds must be reached, in place of `[variance]`.
    pub combine: Option<Combine>,
    /// Up to this far behind pace is at risk, in place of `[status]`.
    #[schemars(range(min = 0, max = 1))]
    pub at_risk: Option<f64>,
    /// Further behind pace than this is critical, in place of `[status]`.
    #[schemars(range(min = 0, max = 10))]
    pub critical: Option<f64>,
    /// Further header names.
    pub names: Vec<String>,
}

/// Whether both thresholds of materiality must be reached.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum Combine {
    And,
    Or,
}

const BUILT_IN: [(&str, Polarity, Unit); 9] = [
    ("sales_amount", Polarity::HigherBetter, Unit::Money),
    ("units", Polarity::HigherBetter, Unit::Count),
    ("profit", Polarity::HigherBetter, Unit::Money),
    ("cost", Polarity::LowerBetter, Unit::Money),
    ("payment", Polarity::HigherBetter, Unit::Money),
    ("orders", Polarity::HigherBetter, Unit::Count),
    ("new_customers", Polarity::HigherBetter, Unit::Count),
    ("leads", Polarity::HigherBetter, Unit::Count),
    ("market_size", Polarity::Neutral, Unit::Money),
];

const BUILT_IN_RATIOS: [(&str, &str, &str); 3] = [
    ("market_share", "sales_amount", "market_size"),
    ("conversion", "new_customers", "leads"),
    ("margin", "profit", "sales_amount"),
];

/// All metrics of a run, in the order in which they are reported.
#[derive(Clone, Debug)]
pub struct Metrics(Vec<Metric>);

/// Positions come from the list itself, so there is always a metric at one.
impl std::ops::Index<usize> for Metrics {
    type Output = Metric;

    fn index(&self, position: usize) -> &Metric {
        &self.0[position]
    }
}

impl Metrics {
    /// The built-in metrics, changed and extended by settings.
    ///
    /// # Errors
    /// A sentence naming the setting that makes no sense.
    pub fn new(settings: &BTreeMap<String, MetricSetting>, materiality: Materiality) -> Result<Self, String> {
        let metric = |key: &str, formula, polarity, unit| Metric {
            key: key.to_string(),
            formula,
            polarity,
            unit,
            decimals: if unit == Unit::Percent { 1 } else { 0 },
            materiality,
            at_risk: None,
            critical: None,
            names: Vec::new(),
        };
        let ratio = |numerator: &str, denominator: &str| Formula::Ratio {
            numerator: numerator.to_string(),
            denominator: denominator.to_string(),
        };
        let mut metrics: Vec<Metric> =
            BUILT_IN.iter().map(|(key, polarity, unit)| metric(key, Formula::Sum, *polarity, *unit)).collect();
        metrics.extend(BUILT_IN_RATIOS.iter().map(|(key, numerator, denominator)| {
            metric(key, ratio(numerator, denominator), Polarity::HigherBetter, Unit::Percent)
        }));
        for (key, setting) in settings {
            let position = metrics.iter().position(|metric| metric.key == *key).unwrap_or_else(|| {
                metrics.push(metric(key, Formula::Sum, Polarity::default(), Unit::default()));
                metrics.len() - 1
            });
            let metric = &mut metrics[position];
            match (&setting.numerator, &setting.denominator) {
                (Some(numerator), Some(denominator)) => {
                    metric.formula = ratio(numerator, denominator);
                    metric.unit = Unit::Percent;
                    metric.decimals = 1;
                }
                (None, None) => match setting.kind {
                    Some(MetricKind::Last) => metric.formula = Formula::Last,
                    Some(MetricKind::Sum) => metric.formula = Formula::Sum,
                    None => {}
                },
                _ => return Err(format!("metrics.{key}: numerator and denominator go together")),
            }
            metric.polarity = setting.polarity.unwrap_or(metric.polarity);
            metric.unit = setting.unit.unwrap_or(metric.unit);
            metric.decimals = setting.decimals.unwrap_or(metric.decimals).min(6);
            let threshold = |value: Option<f64>, default| match value {
                Some(value) => Amount::from_setting(value).filter(|amount| !amount.is_negative()),
                None => Some(default),
            };
            let refused = || format!("metrics.{key}: a threshold must be a number not below 0");
            metric.materiality.absolute =
                threshold(setting.material_absolute, materiality.absolute).ok_or_else(refused)?;
            metric.materiality.relative =
                threshold(setting.material_relative, materiality.relative).ok_or_else(refused)?;
            metric.materiality.both = setting.combine.map_or(materiality.both, |combine| combine == Combine::And);
            (metric.at_risk, metric.critical) = (setting.at_risk, setting.critical);
            metric.names.clone_from(&setting.names);
        }
        let metrics = Metrics(metrics);
        for metric in metrics.iter() {
            if let Formula::Ratio { numerator, denominator } = &metric.formula {
                for part in [numerator, denominator] {
                    if metrics.get(part).is_none_or(|part| part.formula != Formula::Sum) {
                        return Err(format!("metrics.{}: `{part}` is not a metric that is summed", metric.key));
                    }
                }
            }
        }
        Ok(metrics)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Metric> {
        self.0.iter()
    }

    pub fn get(&self, key: &str) -> Option<&Metric> {
        self.0.iter().find(|metric| metric.key == key)
    }

    pub fn position(&self, key: &str) -> Option<usize> {
        self.0.iter().position(|metric| metric.key == key)
    }
}
