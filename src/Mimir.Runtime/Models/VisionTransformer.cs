using Mimir.Kernels.Devices;
using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Autodiff.Ops;

namespace Mimir.Runtime.Models;

/// <summary>A Vision Transformer classifier with timm's parameter names: patch embedding, class token, positions (trained from the sin-cos
/// table), blocks, then the mean of the patch tokens and <c>fc_norm</c>, or <c>norm</c> and the class token, then the head.</summary>
public sealed class VisionTransformer : Model
{
    private readonly PatchEmbedding _patchEmbedding;
    private readonly Parameter _classToken;
    private readonly Parameter _positions;
    private readonly TransformerBlock[] _blocks;
    private readonly Norm _norm;
    private readonly Linear _head;

    /// <summary>Makes the classifier with all parameters zero; initialise or load it next.</summary>
    /// <exception cref="ModelConfigException">The sizes do not fit together.</exception>
    public VisionTransformer(Device device, EncoderConfig encoder, int classes, PoolKind pool = PoolKind.Mean)
        : base(encoder)
    {
        if (classes < 2)
            throw new ModelConfigException($"a classifier needs at least 2 classes, not {classes}");
        (Classes, Pool) = (classes, pool);
        var builder = new ParameterStore.Builder();
        _classToken = builder.Add("cls_token", new Shape(1, 1, encoder.Embed));
        _positions = builder.Add("pos_embed", new Shape(1, encoder.Patches + 1, encoder.Embed));
        _patchEmbedding = new PatchEmbedding(builder, encoder);
        _blocks = new TransformerBlock[encoder.Depth];
        for (var i = 0; i < _blocks.Length; i++)
            _blocks[i] = new TransformerBlock(builder, $"blocks.{i}", encoder.Embed, encoder.Heads, encoder.MlpRatio);
        _norm = new Norm(builder, pool == PoolKind.Mean ? "fc_norm" : "norm", encoder.Embed);
        _head = new Linear(builder, "head", encoder.Embed, classes);
        Linears = [_patchEmbedding.Projection, .. _blocks.SelectMany(b => b.Linears), _head];
        Norms = [.. _blocks.SelectMany(b => b.Norms), _norm];
        Parameters = builder.Build(device);
    }

    /// <summary>Number of classes.</summary>
    public int Classes { get; }

    /// <summary>How tokens become one vector.</summary>
    public PoolKind Pool { get; }

    /// <summary>Token features after the last block, before any norm, [batch, patches + 1, embed].</summary>
    /// <param name="graph">The tape.</param>
    /// <param name="images">[batch, channels, side, side] in [0, 1].</param>
    /// <param name="drop">Drop-path factors; <c>default</c> outside training.</param>
    public Tensor Features(Graph graph, Tensor images, DropPathScales drop = default)
    {
        var x = _patchEmbedding.Forward(graph, images, _classToken, _positions, default, Encoder.Patches);
        for (var i = 0; i < _blocks.Length; i++)
            x = _blocks[i].Forward(graph, x, drop, i);
        return x;
    }

    /// <summary>Class logits, [batch, classes].</summary>
    /// <param name="graph">The tape.</param>
    /// <param name="images">[batch, channels, side, side] in [0, 1].</param>
    /// <param name="drop">Drop-path factors; <c>default</c> outside training.</param>
    public Tensor Logits(Graph graph, Tensor images, DropPathScales drop = default)
    {
        var features = Features(graph, images, drop);
        var logits = Head(graph, features);
        graph.Drop(features);
        return logits;
    }

    /// <summary>Class logits of token features, [batch, classes].</summary>
    /// <param name="graph">The tape.</param>
    /// <param name="features">Of <see cref="Features"/>, [batch, patches + 1, embed].</param>
    public Tensor Head(Graph graph, Tensor features)
    {
        // Only the pooled rows reach the head, so the class token is picked before its norm, not after: rows are independent.
        var pooled = TokenPoolOp.Apply(graph, features, Pool);
        return LinearOp.Apply(graph, _norm.Forward(graph, pooled), _head);
    }
}
