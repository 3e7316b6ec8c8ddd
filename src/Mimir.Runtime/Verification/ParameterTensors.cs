using Mimir.Kernels.Devices;
using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Formats;
using Mimir.Runtime.Models;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Verification;

/// <summary>Parameters of a golden case on their way in, and gradients and updates on their way out.</summary>
internal static class ParameterTensors
{
    /// <summary>Fills a model from <c>param.NAME</c>.</summary>
    /// <exception cref="FileFormatException">A tensor is missing or has another shape.</exception>
    public static void Load(GoldenCase golden, Model model)
    {
        foreach (var parameter in model.Parameters.Parameters)
        {
            var name = "param." + parameter.Name;
            var shape = golden.ShapeOf(name);
            if (!shape.SequenceEqual(parameter.Shape.ToArray().Select(size => (long)size)))
                throw new FileFormatException(golden.Name, $"'{name}' is [{string.Join(", ", shape)}], the model needs {parameter.Shape}");
            parameter.Value.CopyFrom(golden.Floats(name));
        }

        model.Refresh();
    }

    /// <summary>Compares <c>grad.NAME</c> (or the short form's samples) for every trainable parameter.</summary>
    public static void CompareGradients(GoldenCase golden, Comparison comparison, Model model, GradientShards gradients)
    {
        var sum = gradients.Sum();
        var trainable = model.Parameters.Parameters.Where(p => p.Trainable).ToArray();
        for (var k = 0; k < trainable.Length; k++)
        {
            var parameter = trainable[k];
            var mine = sum.AsSpan((int)parameter.Offset, (int)parameter.Shape.Count).ToArray();
            var whole = "grad." + parameter.Name;
            if (golden.Has(whole))
            {
                comparison.Relative(whole, mine, golden.Floats(whole), comparison.Bounds.Gradient);
                continue;
            }

            var sample = "grad_sample." + parameter.Name;
            if (!golden.Has(sample))
            {
                comparison.Fail(whole, "the file has neither the gradient nor a sample of it");
                continue;
            }

            comparison.Relative(sample, ParameterStream.Sample(mine), golden.Floats(sample), comparison.Bounds.Gradient);
            CompareScalar(golden, comparison, "grad_norm." + parameter.Name, Math.Sqrt(mine.Sum(v => (double)v * v)), 0);
            if (golden.Has("grad_dot." + parameter.Name))
            {
                // A dot product with noise cancels; its error is bounded by the gradient's norm times the stream's.
                var stream = ParameterStream.Values(100_000UL + (ulong)k, mine.Length);
                var dot = 0.0;
                var norm = 0.0;
                for (var i = 0; i < mine.Length; i++)
                {
                    dot += (double)mine[i] * stream[i];
                    norm += (double)mine[i] * mine[i];
                }

                CompareScalar(golden, comparison, "grad_dot." + parameter.Name, dot, Math.Sqrt(norm));
            }
        }
    }

    /// <summary>Takes an optimiser step and compares the change with <paramref name="prefix"/><c>NAME</c>; parameters and gradients are then put back.</summary>
    public static void CompareUpdate(
        GoldenCase golden, Comparison comparison, Model model, AdamWOptimizer optimizer, GradientShards gradients, string prefix)
    {
        var before = model.Parameters.Values.ToArray();
        var sum = gradients.Sum();
        optimizer.Step(gradients, golden.Number("options", "lr"), 1);
        var after = model.Parameters.Values.ToArray();
        model.Parameters.Values.CopyFrom(before);
        gradients[0].CopyFrom(sum);
        foreach (var parameter in model.Parameters.Parameters.Where(p => p.Trainable))
        {
            var range = new Range((int)parameter.Offset, (int)(parameter.Offset + parameter.Shape.Count));
            var whole = prefix + "." + parameter.Name;
            var sample = prefix + "_sample." + parameter.Name;
            if (golden.Has(whole))
                comparison.Change(whole, before.AsSpan()[range], after.AsSpan()[range], golden.Floats(whole));
            else if (golden.Has(sample))
                comparison.Change(sample, ParameterStream.Sample(before[range]), ParameterStream.Sample(after[range]), golden.Floats(sample));
            else
                comparison.Fail(whole, "the file has neither the updated parameter nor a sample of it");
        }
    }

    /// <summary>The optimiser of a case, from zero moments.</summary>
    public static AdamWOptimizer Optimizer(GoldenCase golden, Model model, Kernels.AdamWSegment[] segments) => new(
        model.Parameters, segments, (float)golden.Number("options", "beta1"), (float)golden.Number("options", "beta2"),
        (float)golden.Number("options", "adam_eps"));

    private static void CompareScalar(GoldenCase golden, Comparison comparison, string name, double mine, double scale)
    {
        if (!golden.Has(name))
            return;
        var theirs = (double)golden.Floats(name)[0];
        comparison.Scaled(name, mine, theirs, Math.Max(scale, Math.Abs(theirs)), comparison.Bounds.Gradient);
    }
}
