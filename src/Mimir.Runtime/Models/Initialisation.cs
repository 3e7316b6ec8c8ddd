using Mimir.Kernels;
using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Randomness;

namespace Mimir.Runtime.Models;

/// <summary>Starting values. Every parameter draws from its own random stream, so a value depends on the seed and the
/// parameter's place alone.</summary>
public static class Initialisation
{
    private const float TokenDeviation = 0.02f;

    /// <summary>MAE's start: Xavier-uniform weights (the patch convolution as a matrix too), zero biases, N(0, 0.02) tokens, the
    /// convolution's bias uniform in ±1/√(channels·patch²), fixed sin-cos tables.</summary>
    public static void Initialise(this MaskedAutoencoder model, ulong seed)
    {
        foreach (var linear in model.Linears)
            Uniform(model, linear.Weight, seed, MathF.Sqrt(6f / (linear.Inputs + linear.Outputs)));
        Uniform(model, model.Parameters["patch_embed.proj.bias"], seed, 1f / MathF.Sqrt(model.Encoder.PatchValues));
        Normal(model, model.Parameters["cls_token"], seed, TokenDeviation);
        Normal(model, model.Parameters["mask_token"], seed, TokenDeviation);
        model.Parameters["decoder_pos_embed"].Value.CopyFrom(PositionTable.Create(model.Decoder.Embed, model.Encoder.Grid));
        Finish(model);
    }

    /// <summary>timm's start for a classifier: N(0, 0.02) weights, zero biases, the patch convolution uniform in ±1/√(channels·patch²),
    /// N(0, 1e-6) class token; positions start from the sin-cos table and are trained.</summary>
    public static void Initialise(this VisionTransformer model, ulong seed)
    {
        foreach (var linear in model.Linears)
            Normal(model, linear.Weight, seed, 0.02f);
        var bound = 1f / MathF.Sqrt(model.Encoder.PatchValues);
        Uniform(model, model.Parameters["patch_embed.proj.weight"], seed, bound);
        Uniform(model, model.Parameters["patch_embed.proj.bias"], seed, bound);
        Normal(model, model.Parameters["cls_token"], seed, 1e-6f);
        Finish(model);
    }

    private static void Finish(Model model)
    {
        foreach (var norm in model.Norms)
            Elementwise.Fill(1f, norm.Weight.Value);
        model.Parameters["pos_embed"].Value.CopyFrom(PositionTable.Create(model.Encoder.Embed, model.Encoder.Grid));
        model.Refresh();
    }

    private static void Uniform(Model model, Parameter parameter, ulong seed, float bound) =>
        Philox.Uniform(seed, Stream(model, parameter), 0, -bound, bound, parameter.Value);

    private static void Normal(Model model, Parameter parameter, ulong seed, float deviation) =>
        Philox.Normal(seed, Stream(model, parameter), 0, 0f, deviation, parameter.Value);

    private static ulong Stream(Model model, Parameter parameter)
    {
        for (var i = 0; i < model.Parameters.Parameters.Count; i++)
        {
            if (model.Parameters.Parameters[i] == parameter)
                return RandomStreams.Of(RandomPurpose.Initialisation, i);
        }

        throw new ArgumentException($"{parameter.Name} is not of this model", nameof(parameter));
    }
}
