using System.Runtime.InteropServices;

namespace Mimir.Runtime.Evaluation;

/// <summary>Attacked images that were read from disk.</summary>
/// <param name="Values">All of them, [images, channels, height, width].</param>
/// <param name="ImageValues">Values of an image.</param>
public sealed record AdversarialImages(float[] Values, int ImageValues)
{
    /// <summary>Their recorded classes; empty where none are.</summary>
    public int[] Predictions { get; init; } = [];

    /// <summary>The attack whose images are <see cref="Pending"/>; null where none was under way.</summary>
    public string? PendingAttack { get; init; }

    /// <summary>What that attack returned so far, by the image's number.</summary>
    public IReadOnlyDictionary<int, float[]> Pending { get; init; } = new Dictionary<int, float[]>();

    /// <summary>One image.</summary>
    public ReadOnlySpan<float> this[int image] => MemoryMarshal.CreateReadOnlySpan(ref Values[(long)image * ImageValues], ImageValues);
}
