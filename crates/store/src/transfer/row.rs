//! A row on its way from one database to the other: the same values whatever it is read from, and a checksum of many that
//! does not depend on their order.

use siphasher::sip128::{Hasher128, SipHasher24};
use std::hash::Hasher;

/// What a column holds in PostgreSQL. SQLite has numbers for days and flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `BIGINT`
    Int,
    /// `INTEGER`
    Day,
    /// `BOOLEAN`
    Flag,
    /// `DOUBLE PRECISION`
    Real,
    /// `TEXT`
    Text,
    /// `BYTEA`
    Bytes,
}

/// A value of either database. A flag is 0 or 1.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Null,
    Int(i64),
    Real(f64),
    Text(String),
    Bytes(Vec<u8>),
}

/// The values of a table's columns, in their order.
pub(crate) type Row = Vec<Value>;

/// How many rows a table has and what is in them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// Rows.
    pub rows: u64,
    /// The sum of the rows' hashes: the same for the same rows in any order, another if one is missing, there twice or
    /// different. It guards against mistakes, not against somebody who wants it to come out right.
    pub checksum: u128,
}

impl Sum {
    pub(crate) fn add(&mut self, row: &[Value]) {
        self.rows += 1;
        self.checksum = self.checksum.wrapping_add(hash(row));
    }
}

/// Of a row: each value with its kind and length, so that nothing can move from one to the next unseen.
fn hash(row: &[Value]) -> u128 {
    let mut hasher = SipHasher24::new();
    for value in row {
        match value {
            Value::Null => hasher.write_u8(0),
            Value::Int(n) => {
                hasher.write_u8(1);
                hasher.write(&n.to_le_bytes());
            }
            Value::Real(x) => {
                hasher.write_u8(2);
                hasher.write(&x.to_bits().to_le_bytes());
            }
            Value::Text(text) => write(&mut hasher, 3, text.as_bytes()),
            Value::Bytes(bytes) => write(&mut hasher, 4, bytes),
        }
    }
    hasher.finish128().as_u128()
}

fn write(hasher: &mut SipHasher24, kind: u8, bytes: &[u8]) {
    hasher.write_u8(kind);
    hasher.write(&(bytes.len() as u64).to_le_bytes());
    hasher.write(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(rows: &[Row]) -> Sum {
        let mut sum = Sum::default();
        rows.iter().for_each(|row| sum.add(row));
        sum
    }

    #[test]
    fn a_checksum_is_of_the_rows_and_not_of_their_order() {
        let text = |text: &str| Value::Text(text.to_owned());
        let [one, two] = [vec![Value::Int(1), text("a")], vec![Value::Int(2), Value::Null]];
        let both = sum(&[one.clone(), two.clone()]);
        assert_eq!(both, sum(&[two.clone(), one.clone()]));
        for other in [
            vec![one.clone()],
            vec![one.clone(), two.clone(), two.clone()],
            vec![one.clone(), one.clone()],
            vec![one.clone(), vec![Value::Int(2), Value::Int(0)]],
            vec![one.clone(), vec![Value::Int(2), text("")]],
        ] {
            assert_ne!(both, sum(&other), "{other:?}");
        }
        assert_ne!(sum(&[vec![text("ab"), text("c")]]), sum(&[vec![text("a"), text("bc")]]));
        assert_ne!(sum(&[vec![text("a")]]), sum(&[vec![Value::Bytes(b"a".to_vec())]]));
    }
}
