//! Randomness, from the kernel only: a generator of our own would be shared by forked processes.

use rquickjs::function::Func;
use rquickjs::{ArrayBuffer, Ctx, Exception, Object, Result};

/// How many numbers `Math.random` gets at once.
const NUMBERS: usize = 64;

/// Provides `randomBytes`, `randomUuid`, `randomNumbers`.
pub fn provide(native: &Object<'_>) -> Result<()> {
    native.set("randomBytes", Func::from(random_bytes))?;
    native.set("randomUuid", Func::from(random_uuid))?;
    native.set("randomNumbers", Func::from(random_numbers))
}

fn fill(ctx: &Ctx<'_>, bytes: &mut [u8]) -> Result<()> {
    getrandom::fill(bytes).map_err(|error| Exception::throw_internal(ctx, &error.to_string()))
}

fn random_bytes<'js>(ctx: Ctx<'js>, count: usize) -> Result<ArrayBuffer<'js>> {
    let mut bytes = vec![0; count];
    fill(&ctx, &mut bytes)?;
    ArrayBuffer::new_copy(ctx, &bytes)
}

/// Version 4 of RFC 9562: six bits say so, the others are random.
fn random_uuid(ctx: Ctx<'_>) -> Result<String> {
    let mut bytes = [0; 16];
    fill(&ctx, &mut bytes)?;
    let bits = u128::from_be_bytes(bytes) & !(0xf << 76) & !(0x3 << 62) | 0x4 << 76 | 0x2 << 62;
    let hex = format!("{bits:032x}");
    let groups = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
    Ok(groups.join("-"))
}

/// Numbers from 0 to 1, of 53 random bits each.
fn random_numbers(ctx: Ctx<'_>) -> Result<Vec<f64>> {
    let mut bytes = [0; NUMBERS * 8];
    fill(&ctx, &mut bytes)?;
    let (chunks, _) = bytes.as_chunks::<8>();
    Ok(chunks.iter().map(|chunk| number(u64::from_le_bytes(*chunk))).collect())
}

fn number(bits: u64) -> f64 {
    // 53 bits are what an f64 holds exactly, so nothing is rounded up to 1.
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}
