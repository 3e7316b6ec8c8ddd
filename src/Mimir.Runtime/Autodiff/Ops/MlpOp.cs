using Mimir.Kernels;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Models;

namespace Mimir.Runtime.Autodiff.Ops;

/// <summary>y = residual + scale ∘ fc2(GELU(fc1 x)): a transformer block's second half as one operation, so that GELU and its
/// derivative ride in the epilogues of the products beside them.</summary>
internal sealed class MlpOp : Op
{
    private Tensor _x = null!;
    private Linear _first = null!;
    private Linear _second = null!;
    private Tensor _residual = null!;
    private DeviceSpan<float> _imageScale;
    private DeviceSpan<float> _derivative;
    private DeviceSpan<float> _hidden;
    private bool _keepsX;

    public static Tensor Apply(Graph graph, Tensor x, Linear first, Linear second, Tensor residual, DeviceSpan<float> imageScale = default)
    {
        var rows = x.Shape.Rows;
        var wantsWeights = graph.Wants(first.Weight);
        var y = graph.Rent(residual.Shape, x.NeedsGradient || wantsWeights || residual.NeedsGradient);
        var size = (long)rows * first.Outputs;
        var derivative = y.NeedsGradient ? graph.Rent(size) : default;
        var hidden = graph.Rent(size);
        var toHidden = new LinearEpilogue { Bias = first.Bias.Value, Gelu = true, Derivative = derivative };
        MatMul.Forward(x.Data, first.Packed, rows, toHidden, hidden);
        var toOutput = new LinearEpilogue
        {
            Bias = second.Bias.Value,
            Residual = residual.Data,
            RowScale = imageScale,
            RowsPerScale = imageScale.IsEmpty ? 0 : rows / x.Shape[0],
        };
        MatMul.Forward(hidden, second.Packed, rows, toOutput, y.Data);
        if (!wantsWeights)
        {
            graph.Return(hidden);
            hidden = default;
        }

        if (y.NeedsGradient)
        {
            var op = graph.Record<MlpOp>(y);
            (op._x, op._first, op._second, op._residual, op._imageScale) = (x, first, second, residual, imageScale);
            (op._derivative, op._hidden, op._keepsX) = (derivative, hidden, wantsWeights);
            if (wantsWeights)
                graph.Keep(x);
        }

        return y;
    }

    public override void Backward(Graph graph, DeviceSpan<float> dOutput)
    {
        var rows = _x.Shape.Rows;
        var wantsWeights = graph.Wants(_first.Weight);
        var dBranch = LinearOp.BranchGradient(graph, dOutput, _imageScale, _x.Shape[0]);
        if (wantsWeights)
        {
            MatMul.BackwardWeight(
                dBranch, _hidden, rows, _second.Outputs, _second.Inputs,
                graph.GradientOf(_second.Weight), graph.GradientOf(_second.Bias));
        }

        // The derivative is not needed again, so its room takes the gradient: lines that are read anyway.
        var dHidden = _derivative;
        MatMul.BackwardInput(dBranch, _second.Packed, rows, _derivative, accumulate: false, dHidden);
        if (!_imageScale.IsEmpty)
            graph.Return(dBranch);
        if (wantsWeights)
        {
            MatMul.BackwardWeight(
                dHidden, _x.Data, rows, _first.Outputs, _first.Inputs,
                graph.GradientOf(_first.Weight), graph.GradientOf(_first.Bias));
        }

        if (_x.NeedsGradient)
        {
            var dX = graph.BeginGradient(_x);
            MatMul.BackwardInput(dHidden, _first.Packed, rows, default, accumulate: false, dX);
            graph.EndGradient(_x, dX);
        }

        if (_residual.NeedsGradient)
            graph.PassGradient(Output, _residual);
    }

    public override void Release(Graph graph)
    {
        graph.Return(_derivative);
        graph.Return(_hidden);
        if (_keepsX)
            graph.Forgo(_x);
    }
}
