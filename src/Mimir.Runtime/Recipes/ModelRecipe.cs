using Mimir.Runtime.Data;
using Mimir.Runtime.Models;

namespace Mimir.Runtime.Recipes;

/// <summary>Which encoder a run trains: a preset, changed where a size is given.</summary>
public sealed record ModelRecipe
{
    /// <summary>A name of <see cref="Presets"/>.</summary>
    public string Name { get; init; } = "vit_ti";

    /// <summary>Side of a patch in pixels.</summary>
    public int Patch { get; init; } = 4;

    /// <summary>Width in place of the preset's.</summary>
    public int? Embed { get; init; }

    /// <summary>Number of blocks in place of the preset's.</summary>
    public int? Depth { get; init; }

    /// <summary>Attention heads in place of the preset's.</summary>
    public int? Heads { get; init; }

    /// <summary>MLP ratio in place of the preset's.</summary>
    public double? MlpRatio { get; init; }

    /// <summary>The encoder for images of a size.</summary>
    /// <exception cref="ModelConfigException">Sizes do not fit together, or images are not square.</exception>
    public EncoderConfig For(ImageShape image)
    {
        if (image.Height != image.Width)
            throw new ModelConfigException($"images are {image}; the models take square ones");
        var preset = Presets.Encoder(Name, image.Height, image.Channels, Patch);
        return (preset with
        {
            Embed = Embed ?? preset.Embed,
            Depth = Depth ?? preset.Depth,
            Heads = Heads ?? preset.Heads,
            MlpRatio = MlpRatio ?? preset.MlpRatio,
        }).Validated();
    }
}
