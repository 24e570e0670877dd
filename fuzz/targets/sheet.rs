//! The sheet scanner: any rows are read or refused, and the common forms give what the general ones give.
#![no_main]

use attain_fuzz::{read, replaced, workbook};
use libfuzzer_sys::fuzz_target;

const STRINGS: &[u8] = b"<sst><si><t>a</t></si><si/><si><t>b</t></si></sst>";
const STYLES: &[u8] = b"<styleSheet><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/></cellXfs></styleSheet>";

fuzz_target!(|data: &[u8]| {
    let sheet = |rows: &[u8]| [b"<worksheet><sheetData>", rows, b"</sheetData></worksheet>"].concat();
    let first = read("a.xlsx", workbook(&sheet(data), STRINGS, STYLES));
    // A second space is the same to XML, and none of the forms that are tried first.
    let is_plain = !data.windows(2).any(|pair| pair == b"<!" || pair == b"<?");
    if is_plain {
        let general = replaced(&replaced(data, b"<c ", b"<c  "), b"<row ", b"<row  ");
        let general = replaced(&general, b"<c>", b"<c >");
        let second = read("a.xlsx", workbook(&sheet(&general), STRINGS, STYLES));
        match (first, second) {
            (Ok(first), Ok(second)) => assert_eq!(first.value, second.value),
            (first, second) => assert_eq!(first.is_ok(), second.is_ok()),
        }
    }
});
