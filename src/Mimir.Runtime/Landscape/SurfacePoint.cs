namespace Mimir.Runtime.Landscape;

/// <summary>One point of a surface.</summary>
internal static class SurfacePoint
{
    /// <summary>Takes in what the model said of the images at a point.</summary>
    /// <param name="surface">The surface.</param>
    /// <param name="point">The point's number, a times the points of an axis plus b.</param>
    /// <param name="predictions">[n].</param>
    /// <param name="losses">[n].</param>
    /// <param name="labels">[n].</param>
    public static void Record(LossSurface surface, int point, ReadOnlySpan<int> predictions, ReadOnlySpan<float> losses, ReadOnlySpan<int> labels)
    {
        var (loss, right) = (0.0, 0);
        for (var i = 0; i < labels.Length; i++)
        {
            loss += losses[i];
            right += predictions[i] == labels[i] ? 1 : 0;
        }

        surface.Loss[point] = loss / labels.Length;
        surface.Accuracy[point] = (double)right / labels.Length;
    }
}
