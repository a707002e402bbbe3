//! Which link a mistyped one was meant to be.

/// Most letters that are wrong, missing or too many.
const FAR: usize = 2;

/// The nearest of `slugs`, if it is near enough to have been meant. Of several that are equally near the first.
pub fn nearest<'s>(wanted: &str, slugs: impl Iterator<Item = &'s str>) -> Option<&'s str> {
    let near = slugs.map(|slug| (distance(wanted, slug), slug));
    // Of a slug of three letters, two wrong ones leave nothing.
    let is_near = |(distance, slug): &(usize, &str)| *distance <= FAR && *distance * 2 < slug.len().max(wanted.len());
    near.filter(is_near)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, slug)| slug)
}

/// Letters to change, add, leave out or swap with their neighbour (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len().abs_diff(b.len()) > FAR {
        return FAR + 1;
    }
    let mut rows = vec![(0..=b.len()).collect::<Vec<usize>>()];
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let changed = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = changed.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(rows[i - 2][j - 2] + 1);
            }
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("prmo", Some("promo"))]
    #[case("diskon", None)]
    #[case("rpomo", Some("promo"))]
    #[case("promoo", Some("promo"))]
    #[case("promo-lebaran", None)]
    #[case("x", None)]
    #[case("ig", Some("ig2"))]
    fn a_mistyped_slug_is_recognised(#[case] wanted: &str, #[case] meant: Option<&str>) {
        assert_eq!(nearest(wanted, ["bio", "promo", "ig2"].into_iter()), meant);
    }
}
