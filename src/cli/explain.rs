//! `attain explain`: what a problem code means, what became of the data, and what to do; or where a figure of a report
//! comes from.

mod cell;

use std::io::Write;

use clap::Args;

use crate::problem::{CODES, Effect, effect};
use crate::publish::Stop;
use crate::text::Lang;

use super::{CommandResult, LangArgument};

/// Codes that are offered in place of one that does not exist.
const OFFERED: usize = 3;

#[derive(Args, Debug)]
pub(super) struct ExplainArguments {
    #[arg(value_name = "CODE|CELL")]
    reference: String,
    #[arg(long, env = "ATTAIN_LANG")]
    lang: Option<LangArgument>,
    #[arg(long)]
    all: bool,
    #[arg(long)]
    json: bool,
    #[arg(long, value_name = "N", env = "ATTAIN_JOBS")]
    jobs: Option<usize>,
}

pub(super) fn main(arguments: &ExplainArguments, lang: Lang) -> CommandResult {
    if arguments.reference.contains(['!', '！']) {
        return cell::main(arguments, arguments.lang.map(Lang::from), lang);
    }
    let lang = arguments.lang.map_or(lang, Lang::from);
    let wanted = arguments.reference.trim().to_uppercase();
    let Some(code) = CODES.iter().find(|code| **code == wanted) else {
        let message =
            lang.say("usage.unknown_code", &[("code", &arguments.reference), ("names", &nearest(&wanted).join(", "))]);
        return Err((lang, Stop::Usage(message)));
    };
    let mut lines: Vec<(&str, &str)> = Vec::new();
    let letter = code.get(..1).unwrap_or("");
    let layer = code.get(1..2).unwrap_or("");
    let mut line = |key: &'static str, word: String| lines.push((key, lang.word(&word)));
    line("severity", format!("explain.severity_{letter}"));
    line("layer", format!("explain.layer_{layer}"));
    line("message", format!("problem.{code}.message"));
    line("effect", format!("effect.{}", effect(code).key()));
    line("exit", format!("explain.exit_{}", exit(code)));
    line("hint", format!("problem.{code}.hint"));
    let name = lang.word(&format!("problem.{code}.name"));
    if arguments.json {
        let mut document = serde_json::json!({"code": code, "name": name});
        for (key, value) in lines {
            document[key] = value.into();
        }
        super::print_document(&document).map_err(|stop| (lang, stop))?;
        return Ok(0);
    }
    let mut text = format!("{code}  {name}\n");
    for (key, value) in lines {
        let what = lang.word(&format!("explain.{key}"));
        text.push_str(&format!("{}\n", lang.say("explain.line", &[("what", what), ("value", value)])));
    }
    let _ = std::io::stdout().write_all(text.as_bytes());
    Ok(0)
}

/// Which exit code a problem leads to, as the key of its words.
fn exit(code: &str) -> &'static str {
    match (effect(code), code.as_bytes().first()) {
        (Effect::FileRejected, _) => "rejected",
        (_, Some(b'E')) => "error",
        (_, Some(b'W')) => "warning",
        _ => "info",
    }
}

/// The codes that are written most like one that does not exist, nearest first.
fn nearest(wanted: &str) -> Vec<&'static str> {
    let mut codes: Vec<&str> = CODES.to_vec();
    let number = |code: &str| code.trim_start_matches(char::is_alphabetic).parse::<i64>().unwrap_or(0);
    // Of two that are written as alike, the one of the nearer number.
    codes.sort_by_key(|code| (strsim::damerau_levenshtein(wanted, code), (number(code) - number(wanted)).abs()));
    codes.truncate(OFFERED);
    codes
}
