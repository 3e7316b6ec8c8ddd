namespace Mimir.Runtime.Attacks;

/// <summary>Which classes a targeted attack goes for: the likeliest wrong ones.</summary>
internal static class TargetRanking
{
    /// <summary>Ranks wrong classes by their logits, largest first; of equals the first class.</summary>
    /// <param name="logits">[classes], of the natural image.</param>
    /// <param name="label">The image's class, which is no target.</param>
    /// <param name="targets">Receives as many classes as it has room for, at most all but one.</param>
    public static void Fill(ReadOnlySpan<float> logits, int label, Span<int> targets)
    {
        for (var rank = 0; rank < targets.Length; rank++)
        {
            var best = -1;
            for (var c = 0; c < logits.Length; c++)
            {
                if (c != label && (best < 0 || logits[c] > logits[best]) && !targets[..rank].Contains(c))
                    best = c;
            }

            targets[rank] = best;
        }
    }
}
