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
    let mut text = format!("{code}  {}\n", lang.word(&format!("problem.{code}.name")));
    let mut line = |key: &str, value: &str| {
        text.push_str(&format!("{}\n", lang.say("explain.line", &[("what", lang.word(key)), ("value", value)])));
    };
    let letter = code.get(..1).unwrap_or("");
    let layer = code.get(1..2).unwrap_or("");
    line("explain.severity", lang.word(&format!("explain.severity_{letter}")));
    line("explain.layer", lang.word(&format!("explain.layer_{layer}")));
    line("explain.message", lang.word(&format!("problem.{code}.message")));
    line("explain.effect", lang.word(&format!("effect.{}", effect(code).key())));
    line("explain.exit", lang.word(&format!("explain.exit_{}", exit(code))));
    line("explain.hint", lang.word(&format!("problem.{code}.hint")));
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
