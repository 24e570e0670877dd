//! A zip package from parts that are packed already: what was not changed is copied as it stands.

use flate2::{Compress, Compression, FlushCompress, Status};

use crate::source::xlsx::package::{Entry, Packed};

/// Of deflate.
const LEVEL: u32 = 6;
/// Packed by deflate.
const DEFLATED: u16 = 8;
/// Sizes stand behind the data: not needed where they are known.
const SIZES_BEHIND: u16 = 1 << 3;
/// The version of the format that deflate needs: 2.0.
const VERSION: u16 = 20;

/// Packs bytes in place of those that a part had.
pub fn repacked(part: &Packed, bytes: &[u8]) -> Packed {
    let entry =
        Entry { method: DEFLATED, checksum: crc32fast::hash(bytes), size: bytes.len() as u64, ..part.entry.clone() };
    Packed { name: part.name.clone(), entry, bytes: deflated(bytes) }
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut deflater = Compress::new(Compression::new(LEVEL), false);
    let mut packed = Vec::with_capacity(bytes.len() / 4 + 64);
    loop {
        let used = usize::try_from(deflater.total_in()).unwrap_or(bytes.len());
        packed.reserve(bytes.len() / 8 + 64);
        match deflater.compress_vec(&bytes[used..], &mut packed, FlushCompress::Finish) {
            Ok(Status::StreamEnd) | Err(_) => return packed,
            Ok(_) => {}
        }
    }
}

/// The package of these parts, in their order. Nothing when it would be larger than the format allows.
pub fn archive(parts: &[Packed]) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut directory = Vec::new();
    for Packed { entry, bytes: packed, .. } in parts {
        let offset = u32::try_from(bytes.len()).ok()?;
        let common = common(entry, packed.len())?;
        bytes.extend_from_slice(b"PK\x03\x04");
        bytes.extend_from_slice(&common);
        bytes.extend_from_slice(&entry.name);
        bytes.extend_from_slice(packed);
        directory.extend_from_slice(b"PK\x01\x02");
        directory.extend_from_slice(&VERSION.to_le_bytes());
        directory.extend_from_slice(&common);
        // No comment, the first disk, no attributes of its own kind.
        directory.extend_from_slice(&[0; 6]);
        directory.extend_from_slice(&entry.attributes.to_le_bytes());
        directory.extend_from_slice(&offset.to_le_bytes());
        directory.extend_from_slice(&entry.name);
    }
    let start = u32::try_from(bytes.len()).ok()?;
    let count = u16::try_from(parts.len()).ok()?.to_le_bytes();
    bytes.extend_from_slice(&directory);
    bytes.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    bytes.extend_from_slice(&count);
    bytes.extend_from_slice(&count);
    bytes.extend_from_slice(&u32::try_from(directory.len()).ok()?.to_le_bytes());
    bytes.extend_from_slice(&start.to_le_bytes());
    bytes.extend_from_slice(&[0; 2]);
    Some(bytes)
}

/// What the local header and the directory say alike.
fn common(entry: &Entry, packed: usize) -> Option<Vec<u8>> {
    let mut common = Vec::with_capacity(26);
    for number in [VERSION, entry.flags & !SIZES_BEHIND, entry.method] {
        common.extend_from_slice(&number.to_le_bytes());
    }
    for number in [entry.time, entry.checksum, u32::try_from(packed).ok()?, u32::try_from(entry.size).ok()?] {
        common.extend_from_slice(&number.to_le_bytes());
    }
    common.extend_from_slice(&u16::try_from(entry.name.len()).ok()?.to_le_bytes());
    common.extend_from_slice(&[0; 2]);
    Some(common)
}
