namespace Mimir.Runtime.Training;

/// <summary>From logits to classes.</summary>
public static class Predictions
{
    /// <summary>The index of the largest logit, the first of equals; −1 if any is NaN, so that a broken model is never right.</summary>
    public static int ArgMax(ReadOnlySpan<float> logits)
    {
        var best = 0;
        for (var i = 0; i < logits.Length; i++)
        {
            if (float.IsNaN(logits[i]))
                return -1;
            if (logits[i] > logits[best])
                best = i;
        }

        return best;
    }
}
