using Mimir.Runtime.Formats;
using Mimir.Runtime.Information;
using Mimir.Runtime.Models;

namespace Mimir.Runtime.Verification;

/// <summary>Models and estimators from the words of a golden case.</summary>
internal static class GoldenModels
{
    /// <summary>The encoder's sizes.</summary>
    public static EncoderConfig Encoder(GoldenCase golden) => new EncoderConfig(
        golden.Integer("model", "image"), golden.Integer("model", "channels"), golden.Integer("model", "patch"),
        golden.Integer("model", "embed"), golden.Integer("model", "depth"), golden.Integer("model", "heads"),
        golden.Number("model", "mlp_ratio")).Validated();

    /// <summary>Gives a model the case's parameters: the file's tensors, or those that the index's rule makes.</summary>
    public static void Fill(GoldenCase golden, Model model)
    {
        if (golden.Has("param.cls_token"))
            ParameterTensors.Load(golden, model);
        else
            ParameterRule.Apply(golden, model);
    }

    /// <summary>The estimator that a step names.</summary>
    /// <exception cref="FileFormatException">Its name is unknown.</exception>
    public static IMutualInformation Estimator(GoldenCase golden) => golden.Word("options", "mi").Replace('-', '_') switch
    {
        "hsic_cca" => new HsicCca(golden.Number("options", "sigma"), golden.Number("options", "cca_eps")),
        "hsic" => new Hsic(golden.Number("options", "sigma")),
        "renyi" => new Renyi(golden.Number("options", "renyi_alpha", 1.01)),
        var other => throw new FileFormatException(golden.Name, $"the estimator '{other}' is unknown"),
    };
}
