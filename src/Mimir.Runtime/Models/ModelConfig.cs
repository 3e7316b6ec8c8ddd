using System.Text.Json.Serialization;

namespace Mimir.Runtime.Models;

/// <summary>How a classifier makes one vector of an image's tokens.</summary>
public enum PoolKind
{
    /// <summary>Mean of the patch tokens, then <c>fc_norm</c> (timm's global pool).</summary>
    Mean,

    /// <summary>Final <c>norm</c>, then the class token.</summary>
    Class,
}

/// <summary>The sizes of a Vision Transformer's encoder.</summary>
/// <param name="Image">Side of the square image in pixels.</param>
/// <param name="Channels">Colour channels.</param>
/// <param name="Patch">Side of a patch; divides <paramref name="Image"/>.</param>
/// <param name="Embed">Width of a token; a multiple of 4 (sin-cos positions) and of <paramref name="Heads"/>.</param>
/// <param name="Depth">Number of blocks.</param>
/// <param name="Heads">Attention heads.</param>
/// <param name="MlpRatio">Width of the MLP's hidden layer over <paramref name="Embed"/>.</param>
public sealed record EncoderConfig(int Image, int Channels, int Patch, int Embed, int Depth, int Heads, double MlpRatio)
{
    /// <summary>Patches along one side.</summary>
    [JsonIgnore]
    public int Grid => Image / Patch;

    /// <summary>Patches of an image.</summary>
    [JsonIgnore]
    public int Patches => Grid * Grid;

    /// <summary>Values of a patch.</summary>
    [JsonIgnore]
    public int PatchValues => Channels * Patch * Patch;

    /// <summary>Checks the sizes against each other.</summary>
    /// <exception cref="ModelConfigException">They do not fit; the message names the option.</exception>
    public EncoderConfig Validated()
    {
        if (Image < 1 || Channels < 1)
            throw new ModelConfigException($"images of {Channels}x{Image}x{Image} values make no model");
        if (Patch < 1 || Image % Patch != 0)
        {
            var divisors = string.Join(", ", Enumerable.Range(1, Image).Where(p => Image % p == 0));
            throw new ModelConfigException($"--patch {Patch} does not divide the image side {Image}; use one of {divisors}");
        }

        Check("encoder", Embed, Depth, Heads, MlpRatio);
        return this;
    }

    internal static void Check(string what, int embed, int depth, int heads, double mlpRatio)
    {
        var option = what == "decoder" ? "--decoder-" : "--";
        if (embed < 4 || embed % 4 != 0)
            throw new ModelConfigException($"{option}embed {embed} must be a multiple of 4 (sin-cos positions)");
        if (heads < 1 || embed % heads != 0)
            throw new ModelConfigException($"{option}heads {heads} does not divide the {what} width {embed}");
        if (depth < 1)
            throw new ModelConfigException($"{option}depth {depth} must be at least 1");
        if (!(mlpRatio > 0) || embed * mlpRatio is < 1 or > int.MaxValue)
            throw new ModelConfigException($"--mlp-ratio {mlpRatio} makes no hidden layer of width {embed} x {mlpRatio}");
    }
}

/// <summary>The sizes of an auto-encoder's decoder; its MLP ratio is the encoder's.</summary>
/// <param name="Embed">Width of a token.</param>
/// <param name="Depth">Number of blocks.</param>
/// <param name="Heads">Attention heads.</param>
public sealed record DecoderConfig(int Embed, int Depth, int Heads)
{
    /// <summary>What every published MIMIR run uses: 128 wide, 2 blocks, 16 heads.</summary>
    public static DecoderConfig Published => new(128, 2, 16);
}

/// <summary>A model was asked for whose sizes do not fit together.</summary>
public sealed class ModelConfigException(string message) : ArgumentException(message);
