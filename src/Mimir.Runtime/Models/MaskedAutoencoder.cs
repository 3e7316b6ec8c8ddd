using Mimir.Kernels;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Autodiff.Ops;

namespace Mimir.Runtime.Models;

/// <summary>A masked auto-encoder (He et al. 2021, arXiv:2111.06377) with MAE's parameter names: an encoder over the visible patches, whose
/// normalised output is the latent, and a narrow decoder that predicts every patch.</summary>
public sealed class MaskedAutoencoder : Model
{
    private readonly PatchEmbedding _patchEmbedding;
    private readonly Parameter _classToken;
    private readonly Parameter _positions;
    private readonly TransformerBlock[] _blocks;
    private readonly Norm _norm;
    private readonly Linear _decoderEmbed;
    private readonly Parameter _maskToken;
    private readonly Parameter _decoderPositions;
    private readonly TransformerBlock[] _decoderBlocks;
    private readonly Norm _decoderNorm;
    private readonly Linear _prediction;

    /// <summary>Makes the auto-encoder with all parameters zero; initialise or load it next.</summary>
    /// <exception cref="ModelConfigException">The sizes do not fit together.</exception>
    public MaskedAutoencoder(Device device, EncoderConfig encoder, DecoderConfig decoder, bool normalisePatches = true)
        : base(encoder)
    {
        EncoderConfig.Check("decoder", decoder.Embed, decoder.Depth, decoder.Heads, encoder.MlpRatio);
        if (normalisePatches && encoder.PatchValues < 2)
            throw new ModelConfigException("--norm-pix-loss needs patches of at least 2 values");
        (Decoder, NormalisePatches) = (decoder, normalisePatches);
        var builder = new ParameterStore.Builder();
        _classToken = builder.Add("cls_token", new Shape(1, 1, encoder.Embed));
        _positions = builder.Add("pos_embed", new Shape(1, encoder.Patches + 1, encoder.Embed), trainable: false);
        _maskToken = builder.Add("mask_token", new Shape(1, 1, decoder.Embed));
        _decoderPositions = builder.Add("decoder_pos_embed", new Shape(1, encoder.Patches + 1, decoder.Embed), trainable: false);
        _patchEmbedding = new PatchEmbedding(builder, encoder);
        _blocks = Blocks(builder, "blocks", encoder.Depth, encoder.Embed, encoder.Heads, encoder.MlpRatio);
        _norm = new Norm(builder, "norm", encoder.Embed);
        _decoderEmbed = new Linear(builder, "decoder_embed", encoder.Embed, decoder.Embed);
        _decoderBlocks = Blocks(builder, "decoder_blocks", decoder.Depth, decoder.Embed, decoder.Heads, encoder.MlpRatio);
        _decoderNorm = new Norm(builder, "decoder_norm", decoder.Embed);
        _prediction = new Linear(builder, "decoder_pred", decoder.Embed, encoder.PatchValues);
        Linears = [
            _patchEmbedding.Projection, .. _blocks.SelectMany(b => b.Linears),
            _decoderEmbed, .. _decoderBlocks.SelectMany(b => b.Linears), _prediction,
        ];
        Norms = [.. _blocks.SelectMany(b => b.Norms), _norm, .. _decoderBlocks.SelectMany(b => b.Norms), _decoderNorm];
        Parameters = builder.Build(device);
    }

    /// <summary>The decoder's sizes.</summary>
    public DecoderConfig Decoder { get; }

    /// <summary>Whether target patches are normalised (<c>norm_pix_loss</c>).</summary>
    public bool NormalisePatches { get; }

    /// <summary>The latent of the visible patches after the final norm, [batch, kept + 1, embed], class token first.</summary>
    /// <param name="graph">The tape.</param>
    /// <param name="images">[batch, channels, side, side] in [0, 1].</param>
    /// <param name="mask">Which patches are visible.</param>
    public Tensor Encode(Graph graph, Tensor images, PatchMask mask)
    {
        var x = _patchEmbedding.Forward(graph, images, _classToken, _positions, mask.Ids, mask.Kept);
        foreach (var block in _blocks)
            x = block.Forward(graph, x);
        var latent = _norm.Forward(graph, x);
        graph.Drop(x);
        return latent;
    }

    /// <summary>Predictions for every patch, [batch, patches + 1, channels·patch²] in (row, column, channel) order. Row 0 belongs to the
    /// class token and means nothing.</summary>
    public Tensor Decode(Graph graph, Tensor latent, PatchMask mask)
    {
        var narrow = LinearOp.Apply(graph, latent, _decoderEmbed);
        var x = RestoreOp.Apply(graph, narrow, _maskToken, _decoderPositions, mask.Restore);
        graph.Drop(narrow);
        foreach (var block in _decoderBlocks)
            x = block.Forward(graph, x);
        var normed = _decoderNorm.Forward(graph, x);
        graph.Drop(x);
        var prediction = LinearOp.Apply(graph, normed, _prediction);
        graph.Drop(normed);
        return prediction;
    }

    /// <summary>The squared error of the masked patches, summed an image, [batch].</summary>
    /// <param name="graph">The tape.</param>
    /// <param name="prediction">Of <see cref="Decode"/>.</param>
    /// <param name="target">Images to rebuild, [batch, channels, side, side].</param>
    /// <param name="mask">Which patches count: the removed ones.</param>
    /// <param name="scale">Factor of the gradient; 1/(removed patches in the whole batch) makes the mean.</param>
    public Tensor Loss(Graph graph, Tensor prediction, Tensor target, PatchMask mask, float scale)
    {
        var patches = PatchifyOp.Apply(graph, target, Encoder.Patch, default, Encoder.Patches, PatchOrder.RowColumnChannel);
        var losses = MaskedMseOp.Apply(graph, prediction, patches, mask.Removed, NormalisePatches, scale);
        graph.Drop(patches);
        return losses;
    }

    private static TransformerBlock[] Blocks(
        ParameterStore.Builder builder, string name, int depth, int embed, int heads, double mlpRatio)
    {
        var blocks = new TransformerBlock[depth];
        for (var i = 0; i < depth; i++)
            blocks[i] = new TransformerBlock(builder, $"{name}.{i}", embed, heads, mlpRatio);
        return blocks;
    }
}
