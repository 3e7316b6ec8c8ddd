using Mimir.Kernels;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Formats;
using Mimir.Runtime.Information;

namespace Mimir.Runtime.Verification;

/// <summary>Compares the information estimators and their gradients.</summary>
internal sealed class InformationCase(GoldenCase golden, Comparison comparison, Device device)
{
    private const string Prefix = "output.";
    private const string GradientSuffix = ".grad_z";

    private static readonly Bounds s_bounds = Bounds.Of(MatrixPrecision.Float32); // no product of rounded factors stands between

    /// <summary>Runs the case.</summary>
    public void Run()
    {
        var batch = (int)golden.ShapeOf("input.x")[0];
        using var arrays = new DeviceArrays(device);
        var x = arrays.Place(golden.Floats("input.x"));
        var z = arrays.Place(golden.Floats("input.z"));
        var distancesX = new double[batch * batch];
        var distancesZ = new double[batch * batch];
        var weights = new double[batch * batch];
        var placed = arrays.Place(weights);
        RbfGram.SquaredDistances(x, batch, (int)(x.Length / batch), placed);
        placed.CopyTo(distancesX);
        RbfGram.SquaredDistances(z, batch, (int)(z.Length / batch), placed);
        placed.CopyTo(distancesZ);
        var gradient = arrays.Empty(z.Length);

        foreach (var name in golden.NamesAfter(Prefix).Where(name => !name.EndsWith(GradientSuffix, StringComparison.Ordinal)).ToArray())
        {
            if (Estimator(name) is not { } estimator)
                continue; // stays unread, which the folder reports
            var estimate = estimator.Evaluate(
                batch, new RowDistances(distancesX, (int)(x.Length / batch)), new RowDistances(distancesZ, (int)(z.Length / batch)), default, weights);
            placed.CopyFrom(weights);
            RbfGram.Backward(z, placed, batch, (int)(z.Length / batch), 1.0, accumulate: false, gradient);
            comparison.Relative(Prefix + name, estimate.Value, golden.Floats(Prefix + name)[0], s_bounds.Information);
            if (golden.Has(Prefix + name + GradientSuffix))
                comparison.Relative(Prefix + name + GradientSuffix, gradient.ToArray(), golden.Floats(Prefix + name + GradientSuffix), s_bounds.Gradient);
        }
    }

    private IMutualInformation? Estimator(string name)
    {
        if (name == "hsic_cca")
            return new HsicCca(golden.Number("options", "sigma"), golden.Number("options", "cca_eps"));
        if (name == "hsic")
            return new Hsic(golden.Number("options", "sigma"));
        if (!name.StartsWith("renyi", StringComparison.Ordinal))
            return null;
        var suffix = name["renyi".Length..];
        return new Renyi(
            golden.Number("options", "renyi_alpha"), golden.Number("options", "renyi_sigma_x" + suffix), golden.Number("options", "renyi_sigma_z" + suffix));
    }
}
