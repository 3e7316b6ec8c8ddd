using Mimir.Kernels;
using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Models;

namespace Mimir.Runtime.Training;

/// <summary>Which parameters decay, and at which share of the rate they learn: the groups of the published runs.</summary>
public static class ParameterGroups
{
    /// <summary>Pre-training: tensors of one axis and biases do not decay; everything else does, the class and mask tokens included
    /// (as in the published code). One rate for all.</summary>
    public static AdamWSegment[] Pretraining(ParameterStore store, float weightDecay) =>
        Segments(store, p => (1f, Decays(p) ? weightDecay : 0f));

    /// <summary>Fine-tuning: layer i of n learns at decay^(n − i), where layer 0 is the embedding and the head is the last; tensors of one
    /// axis, the class token and the positions do not decay (BEiT's rule).</summary>
    public static AdamWSegment[] Finetuning(VisionTransformer model, float weightDecay, double layerDecay)
    {
        var last = model.Encoder.Depth + 1;
        return Segments(model.Parameters, p => (
            (float)Math.Pow(layerDecay, last - LayerOf(p.Name, last)),
            Decays(p) && p.Name is not ("cls_token" or "pos_embed") ? weightDecay : 0f));
    }

    private static bool Decays(Parameter parameter) => parameter.Shape.Rank > 1 && !parameter.Name.EndsWith(".bias", StringComparison.Ordinal);

    private static int LayerOf(string name, int last)
    {
        if (name is "cls_token" or "pos_embed" || name.StartsWith("patch_embed", StringComparison.Ordinal))
            return 0;
        return name.StartsWith("blocks.", StringComparison.Ordinal) ? int.Parse(name.Split('.')[1]) + 1 : last;
    }

    /// <summary>One segment a trainable parameter, in state-dict order.</summary>
    private static AdamWSegment[] Segments(ParameterStore store, Func<Parameter, (float RateScale, float WeightDecay)> settings)
    {
        var segments = new List<AdamWSegment>();
        foreach (var parameter in store.Parameters.Where(p => p.Trainable))
        {
            var (scale, decay) = settings(parameter);
            segments.Add(new AdamWSegment(parameter.Offset, parameter.Shape.Count, scale, decay));
        }

        return [.. segments];
    }
}
