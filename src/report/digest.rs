//! The analyses in short, for `run.json`: the company's figures of the focus period. Amounts are texts, so that no
//! reader rounds them; ratios are fractions; what is not known is null.

use serde_json::{Map, Value, json};

use crate::analysis::bridge::Effects;
use crate::analysis::budget::Scope;
use crate::analysis::variance::Base;
use crate::facts::Unit;
use crate::measure::Amount;

use super::Findings;

fn amount(value: Option<Amount>) -> Value {
    value.map_or(Value::Null, |value| json!(value.plain()))
}

fn ratio(value: Option<Amount>) -> Value {
    value.map_or(Value::Null, |value| json!(value.plain_ratio()))
}

/// One key for each analysis that has something to say.
pub fn build(findings: &Findings<'_>) -> Value {
    let mut digest = Map::new();
    digest.insert("period".to_string(), json!(findings.focus.map(|period| period.to_string())));
    for (key, value) in [
        ("attainment", attainment(findings)),
        ("variance", variance(findings)),
        ("bridge", bridge(findings)),
        ("drivers", drivers(findings)),
        ("funnel", funnel(findings)),
        ("deals", deals(findings)),
        ("shortfall", shortfall(findings)),
        ("budget", budget(findings)),
    ] {
        if value.as_array().is_some_and(|values| !values.is_empty()) {
            digest.insert(key.to_string(), value);
        }
    }
    Value::Object(digest)
}

fn attainment(findings: &Findings<'_>) -> Value {
    let here = findings
        .attainment
        .iter()
        .filter(|figure| figure.unit == Unit::Company && Some(figure.period) == findings.focus);
    let figures = here.map(|figure| {
        json!({
            "metric": findings.metric(figure.metric).key,
            "target": amount(figure.target.value()),
            "period_target": amount(figure.period_target.value()),
            "actual": amount(figure.actual.value()),
            "attainment": ratio(figure.ratio()),
            "pace": ratio(figure.pace()),
            "status": findings.status_of(figure).key(),
            "reason": figure.reason.map(|reason| reason.key()),
            "forecast": ratio(figure.forecast.map(|forecast| forecast.value)),
            "forecast_method": figure.forecast.map(|forecast| forecast.method.key()),
        })
    });
    figures.collect()
}

fn variance(findings: &Findings<'_>) -> Value {
    let here = findings
        .variances
        .iter()
        .filter(|variance| variance.unit == Unit::Company && Some(variance.period) == findings.focus);
    let variances = here.map(|variance| {
        json!({
            "metric": findings.metric(variance.metric).key,
            "base": variance.base.code(),
            "base_value": amount(variance.base_value),
            "actual": amount(variance.actual),
            "variance": amount(Some(variance.amount)),
            "impact": variance.impact.key(),
            "material": variance.is_material,
        })
    });
    variances.collect()
}

fn bridge(findings: &Findings<'_>) -> Value {
    let total = |base: Base| {
        let of_base = findings
            .bridges
            .iter()
            .filter(|bridge| (bridge.base, bridge.unit, Some(bridge.period)) == (base, Unit::Company, findings.focus));
        let mut items = of_base.peekable();
        items.peek()?;
        let mut all = Effects::default();
        items.for_each(|bridge| all.add(&bridge.effects));
        Some(json!({
            "base": base.code(),
            "volume": all.volume.plain(),
            "mix": all.mix.plain(),
            "price": all.price.plain(),
            "new": all.new.plain(),
            "lost": all.lost.plain(),
            "other": all.other.plain(),
            "total": all.total().plain(),
        }))
    };
    [Base::Plan, Base::PriorYear].into_iter().filter_map(total).collect()
}

fn drivers(findings: &Findings<'_>) -> Value {
    let paths = findings.drivers.iter().map(|path| {
        let steps = path.steps.iter().map(|step| {
            let member = &step.named[0];
            json!({
                "level": member.unit.level(),
                "unit_id": findings.facts.units.id(member.unit),
                "variance": member.variance.plain(),
                "share_of_gap": ratio(member.share_of_gap),
            })
        });
        json!({
            "metric": findings.metric(path.metric).key,
            "base": path.base.code(),
            "gap": path.gap.plain(),
            "steps": steps.collect::<Value>(),
        })
    });
    paths.collect()
}

fn funnel(findings: &Findings<'_>) -> Value {
    let here = findings
        .funnel
        .iter()
        .filter(|stage| stage.unit == Unit::Company && (stage.period.is_none() || stage.period == findings.focus));
    let stages = here.map(|stage| {
        json!({
            "period": stage.period.map(|period| period.to_string()),
            "cohort": stage.cohort.key(),
            "stage": stage.key(findings.facts),
            "reached": amount(stage.reached.value()),
            "step_conversion": ratio(stage.step_conversion),
            "overall_conversion": ratio(stage.overall_conversion),
        })
    });
    stages.collect()
}

fn deals(findings: &Findings<'_>) -> Value {
    let here = findings.deals.iter().filter(|figures| {
        figures.unit == Unit::Company && (figures.period.is_none() || figures.period == findings.focus)
    });
    let figures = here.map(|figures| {
        json!({
            "period": figures.period.map(|period| period.to_string()),
            "opportunities": figures.opportunities,
            "open": figures.open,
            "won": figures.won,
            "lost": figures.lost,
            "win_rate": ratio(figures.win_rate()),
            "won_value": amount(figures.won_value),
            "open_value": amount(figures.open_value),
            "weighted_value": ratio(figures.weighted_value),
            "coverage_remaining": ratio(figures.coverage_remaining),
        })
    });
    figures.collect()
}

fn shortfall(findings: &Findings<'_>) -> Value {
    let here = findings
        .shortfalls
        .iter()
        .filter(|shortfall| shortfall.unit == Unit::Company && Some(shortfall.period) == findings.focus);
    let shortfalls = here.map(|shortfall| {
        json!({
            "base": shortfall.base.code(),
            "gap": shortfall.gap().plain(),
            "effects": shortfall.parts.iter().map(|part| json!(part.effect.plain())).collect::<Value>(),
        })
    });
    shortfalls.collect()
}

fn budget(findings: &Findings<'_>) -> Value {
    let totals = findings.budget.iter().filter(|figures| figures.scope == Scope::Total);
    let years = totals.filter(|figures| figures.period.kind == crate::period::Kind::Year);
    let figures = years.map(|figures| {
        json!({
            "period": figures.period.to_string(),
            "kind": if figures.is_income { "income" } else { "expense" },
            "budget": amount(figures.budget.value()),
            "actual": amount(figures.actual.value()),
            "available": amount(figures.available()),
            "utilisation": ratio(figures.utilisation()),
            "forecast": amount(figures.forecast.map(|(forecast, _)| forecast)),
            "status": figures.status(&findings.status, &findings.band).key(),
        })
    });
    figures.collect()
}
