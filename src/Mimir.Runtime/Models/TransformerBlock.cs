using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Autodiff.Ops;

namespace Mimir.Runtime.Models;

/// <summary>A pre-norm transformer block: x += attention(norm1 x), then x += mlp(norm2 x) (Dosovitskiy et al. 2021, eq. 2 and 3).</summary>
public sealed class TransformerBlock
{
    private readonly int _heads;

    /// <summary>Declares the block's parameters in state-dict order.</summary>
    public TransformerBlock(ParameterStore.Builder builder, string name, int embed, int heads, double mlpRatio)
    {
        _heads = heads;
        var hidden = (int)(embed * mlpRatio);
        Norm1 = new Norm(builder, $"{name}.norm1", embed);
        Qkv = new Linear(builder, $"{name}.attn.qkv", embed, 3 * embed);
        Projection = new Linear(builder, $"{name}.attn.proj", embed, embed);
        Norm2 = new Norm(builder, $"{name}.norm2", embed);
        Fc1 = new Linear(builder, $"{name}.mlp.fc1", embed, hidden);
        Fc2 = new Linear(builder, $"{name}.mlp.fc2", hidden, embed);
    }

    /// <summary>Before the attention.</summary>
    public Norm Norm1 { get; }

    /// <summary>Queries of all heads, then keys, then values.</summary>
    public Linear Qkv { get; }

    /// <summary>After the attention.</summary>
    public Linear Projection { get; }

    /// <summary>Before the MLP.</summary>
    public Norm Norm2 { get; }

    /// <summary>The MLP's first layer.</summary>
    public Linear Fc1 { get; }

    /// <summary>The MLP's second layer.</summary>
    public Linear Fc2 { get; }

    /// <summary>The block's linear layers.</summary>
    public IEnumerable<Linear> Linears => [Qkv, Projection, Fc1, Fc2];

    /// <summary>The block's normalisations.</summary>
    public IEnumerable<Norm> Norms => [Norm1, Norm2];

    /// <summary>Runs the block on tokens [batch, tokens, embed].</summary>
    /// <param name="graph">The tape.</param>
    /// <param name="x">The residual stream.</param>
    /// <param name="drop">Drop-path factors of the two branches.</param>
    /// <param name="block">This block's number, to look them up.</param>
    public Tensor Forward(Graph graph, Tensor x, DropPathScales drop = default, int block = 0)
    {
        var normed = Norm1.Forward(graph, x);
        var qkv = LinearOp.Apply(graph, normed, Qkv);
        graph.Drop(normed);
        var heads = AttentionOp.Apply(graph, qkv, _heads);
        graph.Drop(qkv);
        var middle = LinearOp.Apply(graph, heads, Projection, x, drop.Branch(block, 0));
        graph.Drop(heads);
        graph.Drop(x);
        normed = Norm2.Forward(graph, middle);
        var y = MlpOp.Apply(graph, normed, Fc1, Fc2, middle, drop.Branch(block, 1));
        graph.Drop(normed);
        graph.Drop(middle);
        return y;
    }
}
