using Mimir.Kernels;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Models;

namespace Mimir.Runtime.Autodiff.Ops;

/// <summary>y = residual + scale ∘ (x·Wᵀ + b): a linear layer with an optional residual and an optional factor an image (drop path).</summary>
internal sealed class LinearOp : Op
{
    private Tensor _x = null!;
    private Linear _layer = null!;
    private Tensor? _residual;
    private DeviceSpan<float> _imageScale;
    private bool _keepsX;

    /// <param name="graph">The tape.</param>
    /// <param name="x">[batch, tokens, inputs] or [batch, inputs].</param>
    /// <param name="layer">The weights.</param>
    /// <param name="residual">Added last, same shape as the result; null for none.</param>
    /// <param name="imageScale">[batch] factors of the product and bias; empty for none.</param>
    public static Tensor Apply(Graph graph, Tensor x, Linear layer, Tensor? residual = null, DeviceSpan<float> imageScale = default)
    {
        var rows = x.Shape.Rows;
        var shape = x.Shape.Rank == 3 ? new Shape(x.Shape[0], x.Shape[1], layer.Outputs) : new Shape(x.Shape[0], layer.Outputs);
        var wantsWeights = graph.Wants(layer.Weight);
        var y = graph.Rent(shape, x.NeedsGradient || wantsWeights || residual is { NeedsGradient: true });
        var epilogue = new LinearEpilogue
        {
            Bias = layer.Bias.Value,
            Residual = residual is null ? default : residual.Data,
            RowScale = imageScale,
            RowsPerScale = imageScale.IsEmpty ? 0 : rows / x.Shape[0],
        };
        MatMul.Forward(x.Data, layer.Packed, rows, epilogue, y.Data);
        if (y.NeedsGradient)
        {
            var op = graph.Record<LinearOp>(y);
            (op._x, op._layer, op._residual, op._imageScale, op._keepsX) = (x, layer, residual, imageScale, wantsWeights);
            if (wantsWeights)
                graph.Keep(x);
        }

        return y;
    }

    public override void Backward(Graph graph, DeviceSpan<float> dOutput)
    {
        var rows = _x.Shape.Rows;
        var dBranch = BranchGradient(graph, dOutput, _imageScale, _x.Shape[0]);
        if (graph.Wants(_layer.Weight))
        {
            MatMul.BackwardWeight(
                dBranch, _x.Data, rows, _layer.Outputs, _layer.Inputs,
                graph.GradientOf(_layer.Weight), graph.GradientOf(_layer.Bias));
        }

        if (_x.NeedsGradient)
        {
            var dX = graph.BeginGradient(_x);
            MatMul.BackwardInput(dBranch, _layer.Packed, rows, default, accumulate: false, dX);
            graph.EndGradient(_x, dX);
        }

        if (!_imageScale.IsEmpty)
            graph.Return(dBranch);
        if (_residual is { NeedsGradient: true })
            graph.PassGradient(Output, _residual);
    }

    public override void Release(Graph graph)
    {
        if (_keepsX)
            graph.Forgo(_x);
        _residual = null;
    }

    /// <summary>The gradient of a branch that was multiplied by a factor an image; the gradient itself where there was none.</summary>
    internal static DeviceSpan<float> BranchGradient(Graph graph, DeviceSpan<float> dOutput, DeviceSpan<float> imageScale, int batch)
    {
        if (imageScale.IsEmpty)
            return dOutput;
        var scaled = graph.Rent(dOutput.Length);
        Elementwise.ScaleRows(dOutput, imageScale, 1, checked((int)(dOutput.Length / batch)), scaled);
        return scaled;
    }
}
