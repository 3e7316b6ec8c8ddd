namespace Mimir.Runtime.Evaluation;

/// <summary>What an attack without a ball says: how far the nearest wrongly classified image is that it found.</summary>
/// <param name="Found">Images for which it found one.</param>
/// <param name="Median">The median distance over all attacked images; +∞ where it found none for half of them.</param>
/// <param name="Within">For each of some radii, the images with one within it.</param>
public sealed record NearestReport(int Found, float Median, IReadOnlyList<NearestWithin> Within)
{
    private static readonly float[] s_radii = [0.25f, 0.5f, 1, 2, 3];

    /// <summary>The figures of an attack; null for one that stays in a ball, or has no images.</summary>
    public static NearestReport? Of(AttackRecord attack)
    {
        if (attack.IsBounded || !attack.IsFinished || attack.Images.Count == 0)
            return null;
        var distances = attack.Results
            .Select((result, i) => result.Distance ?? (result.Fooled ? attack.Distances[i] : float.PositiveInfinity))
            .Order().ToArray();
        var (low, high) = (distances[(distances.Length - 1) / 2], distances[distances.Length / 2]);
        return new NearestReport(
            distances.Count(float.IsFinite), float.IsFinite(high) ? (low + high) / 2 : float.PositiveInfinity,
            [.. s_radii.Select(radius => new NearestWithin(radius, distances.Count(distance => distance <= radius)))]);
    }
}

/// <summary>Images with a wrongly classified image near them.</summary>
/// <param name="Radius">How near.</param>
/// <param name="Images">How many.</param>
public readonly record struct NearestWithin(float Radius, int Images);
