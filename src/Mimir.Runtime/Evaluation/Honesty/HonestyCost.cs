namespace Mimir.Runtime.Evaluation;

/// <summary>Passes of single images.</summary>
/// <param name="Forwards">Forward passes.</param>
/// <param name="Backwards">Backward passes, each behind a forward pass.</param>
public readonly record struct HonestyCost(long Forwards, long Backwards)
{
    /// <summary>The sum.</summary>
    public static HonestyCost operator +(HonestyCost a, HonestyCost b) => new(a.Forwards + b.Forwards, a.Backwards + b.Backwards);

    /// <summary>So much for each of some images.</summary>
    public static HonestyCost operator *(HonestyCost cost, int images) => new(cost.Forwards * images, cost.Backwards * images);

    /// <summary>Seconds at measured speeds.</summary>
    /// <param name="forward">Seconds of a forward pass.</param>
    /// <param name="backward">Seconds of a backward pass.</param>
    public double Seconds(double forward, double backward) => Forwards * forward + Backwards * backward;
}
