using Mimir.Kernels;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Autodiff.Ops;

namespace Mimir.Runtime.Models;

/// <summary>Images to tokens: a convolution whose stride is its kernel, which is a linear layer over patches. Of masked images only
/// the kept patches are cut out and multiplied.</summary>
internal sealed class PatchEmbedding(ParameterStore.Builder builder, EncoderConfig config)
{
    /// <summary>Weight [embed, channels, patch, patch].</summary>
    public Linear Projection { get; } = new(
        builder, "patch_embed.proj", config.PatchValues, config.Embed,
        new Shape(config.Embed, config.Channels, config.Patch, config.Patch));

    /// <summary>Tokens with class token and positions, [batch, kept + 1, embed].</summary>
    /// <param name="graph">The tape.</param>
    /// <param name="images">[batch, channels, side, side].</param>
    /// <param name="classToken">[1, 1, embed].</param>
    /// <param name="positions">[1, patches + 1, embed].</param>
    /// <param name="ids">[batch, kept] kept patches; empty: all.</param>
    /// <param name="kept">Kept patches an image.</param>
    public Tensor Forward(Graph graph, Tensor images, Parameter classToken, Parameter positions, DeviceSpan<int> ids, int kept)
    {
        var patches = PatchifyOp.Apply(graph, images, config.Patch, ids, kept, PatchOrder.ChannelRowColumn);
        var tokens = LinearOp.Apply(graph, patches, Projection);
        graph.Drop(patches);
        var embedded = EmbedOp.Apply(graph, tokens, classToken, positions, ids);
        graph.Drop(tokens);
        return embedded;
    }
}
