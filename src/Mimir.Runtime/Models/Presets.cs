namespace Mimir.Runtime.Models;

/// <summary>The models that have a name.</summary>
public static class Presets
{
    private static readonly Dictionary<string, (int Embed, int Depth, int Heads, double MlpRatio)> Sizes = new()
    {
        ["vit_micro"] = (64, 4, 4, 4),
        ["vit_ti"] = (192, 12, 3, 4),
        ["vit_small"] = (384, 12, 6, 4),
        ["vit_small_ds"] = (768, 8, 8, 3),
        ["vit_base"] = (768, 12, 12, 4),
        ["vit_large"] = (1024, 24, 16, 4),
    };

    /// <summary>The names, smallest model first.</summary>
    public static IReadOnlyCollection<string> Names => Sizes.Keys;

    /// <summary>The encoder of that name for images of a size.</summary>
    /// <exception cref="ModelConfigException">The name is unknown, or the patch does not divide the image.</exception>
    public static EncoderConfig Encoder(string name, int image, int channels, int patch) =>
        Sizes.TryGetValue(name, out var s)
            ? new EncoderConfig(image, channels, patch, s.Embed, s.Depth, s.Heads, s.MlpRatio).Validated()
            : throw new ModelConfigException($"--model '{name}' is unknown; use one of {string.Join(", ", Names)}");
}
