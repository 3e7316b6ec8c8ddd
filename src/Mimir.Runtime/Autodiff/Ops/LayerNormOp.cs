using Mimir.Kernels;
using Mimir.Kernels.Devices;

namespace Mimir.Runtime.Autodiff.Ops;

/// <summary>Layer normalisation over the last axis. Its backward also takes in the gradient that the residual branch left.</summary>
internal sealed class LayerNormOp : Op
{
    private Tensor _x = null!;
    private Parameter _weight = null!;
    private Parameter _bias = null!;
    private DeviceSpan<float> _mean;
    private DeviceSpan<float> _rstd;

    public static Tensor Apply(Graph graph, Tensor x, Parameter weight, Parameter bias, float epsilon)
    {
        var (rows, columns) = (x.Shape.Rows, x.Shape.Columns);
        var y = graph.Rent(x.Shape, x.NeedsGradient || graph.Wants(weight));
        var mean = graph.Rent(rows);
        var rstd = graph.Rent(rows);
        LayerNorm.Forward(x.Data, weight.Value, bias.Value, rows, columns, epsilon, y.Data, mean, rstd);
        if (y.NeedsGradient)
        {
            var op = graph.Record<LayerNormOp>(y);
            (op._x, op._weight, op._bias, op._mean, op._rstd) = (graph.Keep(x), weight, bias, mean, rstd);
        }
        else
        {
            graph.Return(mean);
            graph.Return(rstd);
        }

        return y;
    }

    public override void Backward(Graph graph, DeviceSpan<float> dOutput)
    {
        var (rows, columns) = (_x.Shape.Rows, _x.Shape.Columns);

        // A residual branch has usually left its gradient for x: the kernel adds to it in place.
        var residual = graph.GradientSoFar(_x);
        var dX = !residual.IsEmpty ? residual : _x.NeedsGradient ? graph.BeginGradient(_x) : graph.Rent(_x.Shape.Count);
        LayerNorm.Backward(
            dOutput, _x.Data, _weight.Value, _mean, _rstd, rows, columns, residual, dX,
            graph.GradientOf(_weight), graph.GradientOf(_bias));
        if (!_x.NeedsGradient)
            graph.Return(dX);
    }

    public override void Release(Graph graph)
    {
        graph.Return(_mean);
        graph.Return(_rstd);
        graph.Forgo(_x);
    }
}
