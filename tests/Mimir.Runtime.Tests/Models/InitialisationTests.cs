using Mimir.Kernels.Devices;
using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Models;

namespace Mimir.Runtime.Tests.Models;

/// <summary>Starting values have the distributions of timm's and MAE's.</summary>
[TestFixture]
internal sealed class InitialisationTests
{
    private static EncoderConfig Encoder => new(Image: 16, Channels: 3, Patch: 4, Embed: 96, Depth: 2, Heads: 3, MlpRatio: 4);

    [Test]
    public void AnAutoencoderStartsAsMae()
    {
        using var device = new HostDevice(2);
        using var model = new MaskedAutoencoder(device, Encoder, new DecoderConfig(64, 1, 4));
        model.Initialise(1);
        foreach (var parameter in model.Parameters.Parameters)
        {
            if (parameter.Name == "patch_embed.proj.bias")
                AssertUniform(parameter, 1 / Math.Sqrt(48));
            else if (parameter.Name is "cls_token" or "mask_token")
                AssertNormal(parameter, 0.02);
            else if (parameter.Name.EndsWith("bias"))
                Assert.That(parameter.Value.ToArray(), Is.All.Zero, parameter.Name);
            else if (parameter.Name.Contains("norm"))
                Assert.That(parameter.Value.ToArray(), Is.All.EqualTo(1f), parameter.Name);
            else if (parameter.Name.Contains("pos_embed"))
                Assert.That(parameter.Value.ToArray(), Is.EqualTo(PositionTable.Create(parameter.Shape[2], 4)).AsCollection);
            else
                AssertUniform(parameter, Math.Sqrt(6.0 / (parameter.Shape[0] + parameter.Shape.Count / parameter.Shape[0])));
        }
    }

    [Test]
    public void AClassifierStartsAsInTimm()
    {
        using var device = new HostDevice(2);
        using var model = new VisionTransformer(device, Encoder, 10);
        model.Initialise(1);
        foreach (var parameter in model.Parameters.Parameters)
        {
            if (parameter.Name.StartsWith("patch_embed"))
                AssertUniform(parameter, 1 / Math.Sqrt(48));
            else if (parameter.Name == "cls_token")
                AssertNormal(parameter, 1e-6);
            else if (parameter.Name.EndsWith("bias"))
                Assert.That(parameter.Value.ToArray(), Is.All.Zero, parameter.Name);
            else if (parameter.Name.Contains("norm"))
                Assert.That(parameter.Value.ToArray(), Is.All.EqualTo(1f), parameter.Name);
            else if (parameter.Name == "pos_embed")
                Assert.That(parameter.Value.ToArray(), Is.EqualTo(PositionTable.Create(96, 4)).AsCollection);
            else
                AssertNormal(parameter, 0.02);
        }
    }

    [Test]
    public void ValuesDependOnTheSeedAlone()
    {
        using var one = new HostDevice(1);
        using var three = new HostDevice(3);
        using var a = TinyModels.Autoencoder(one, seed: 5);
        using var b = TinyModels.Autoencoder(three, seed: 5);
        using var c = TinyModels.Autoencoder(one, seed: 6);
        var expected = a.Parameters.Values.ToArray().Bits();
        Assert.That(b.Parameters.Values.ToArray().Bits(), Is.EqualTo(expected).AsCollection);
        Assert.That(c.Parameters.Values.ToArray().Bits(), Is.Not.EqualTo(expected).AsCollection);
        Assert.That(
            a.Parameters["blocks.0.attn.proj.weight"].Value.ToArray(), Is.Not.EqualTo(a.Parameters["blocks.1.attn.proj.weight"].Value.ToArray()).AsCollection,
            "each parameter has draws of its own");
    }

    private static void AssertUniform(Parameter parameter, double bound)
    {
        var values = parameter.Value.ToArray();
        Assert.That(values, Is.All.InRange((float)-bound, (float)bound), parameter.Name);
        AssertMoments(parameter.Name, values, bound / Math.Sqrt(3));
        if (values.Length > 1000)
            Assert.That(values.Max(Math.Abs), Is.GreaterThan(0.98 * bound), parameter.Name);
    }

    private static void AssertNormal(Parameter parameter, double deviation)
    {
        var values = parameter.Value.ToArray();
        AssertMoments(parameter.Name, values, deviation);
        if (values.Length > 1000)
            Assert.That(values.Max(Math.Abs), Is.GreaterThan(2.5 * deviation), parameter.Name);
    }

    /// <summary>Mean and deviation within five standard errors (those of a normal: wider than a uniform's).</summary>
    private static void AssertMoments(string name, float[] values, double deviation)
    {
        var mean = values.Average(value => (double)value);
        Assert.That(mean, Is.Zero.Within(5 * deviation / Math.Sqrt(values.Length)), name);
        Assert.That(
            Math.Sqrt(values.Average(value => (double)value * value)), Is.EqualTo(deviation).Within(5 * deviation / Math.Sqrt(2 * values.Length)), name);
    }
}
