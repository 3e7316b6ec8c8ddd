using Mimir.Runtime.Models;
using Mimir.Runtime.Recipes;

namespace Mimir.Cli.Options;

/// <summary>The sizes of encoder and decoder.</summary>
internal static class ModelOptions
{
    /// <summary>The encoder.</summary>
    public static SettingGroup<ModelRecipe> Encoder() => new("Model", [
        Setting.Text<ModelRecipe>(
            "--model", "NAME", $"One of {string.Join(", ", Presets.Names)} (default vit_ti).", m => m.Name, (m, name) => m with { Name = name }),
        Setting.Whole<ModelRecipe>("--patch", 1, "Side of a patch in pixels; divides the image side (default 4).", m => m.Patch, (m, v) => m with { Patch = v }),
        Setting.WholeOr<ModelRecipe>(
            "--embed", 1, "preset", "Width of a token; a multiple of 4 and of --heads (default: the model's).", m => m.Embed, (m, v) => m with { Embed = v }),
        Setting.WholeOr<ModelRecipe>("--depth", 1, "preset", "Number of blocks (default: the model's).", m => m.Depth, (m, v) => m with { Depth = v }),
        Setting.WholeOr<ModelRecipe>(
            "--heads", 1, "preset", "Attention heads; divide the width (default: the model's).", m => m.Heads, (m, v) => m with { Heads = v }),
        new Setting<ModelRecipe>(
            OptionSyntax.Value("--mlp-ratio", "X", "Width of the MLP's hidden layer over that of a token; above 0 (default: the model's)."),
            (m, text) => m with { MlpRatio = OptionText.Number("--mlp-ratio", text) }, m => m.MlpRatio is { } ratio ? $"{ratio}" : "preset"),
    ]);

    /// <summary>The decoder of pre-training.</summary>
    public static SettingGroup<DecoderConfig> Decoder() => new("Decoder", [
        Setting.Whole<DecoderConfig>("--decoder-embed", 1, "Width of a token; a multiple of 4 and of --decoder-heads (default 128).", d => d.Embed, (d, v) => d with { Embed = v }),
        Setting.Whole<DecoderConfig>("--decoder-depth", 1, "Number of blocks (default 2).", d => d.Depth, (d, v) => d with { Depth = v }),
        Setting.Whole<DecoderConfig>("--decoder-heads", 1, "Attention heads; divide the width (default 16).", d => d.Heads, (d, v) => d with { Heads = v }),
    ]);
}
