using System.Reflection;
using Mimir.Kernels;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Benchmarks;
using Mimir.Runtime.Benchmarks.Cases;

namespace Mimir.Runtime.Tests.Benchmarks.Cases;

internal sealed class KernelCasesTests
{
    private static IEnumerable<string> Families => KernelCases.Families;

    [TestCaseSource(nameof(Families))]
    public void EveryCaseIsOneCallOfItsFamilyWithCountsOfWork(string family)
    {
        using var device = new HostDevice(2);
        foreach (var one in KernelCases.All.Where(one => one.Family == family))
        {
            var call = Hear(device, one);
            Assert.That(call.Kernel, Does.StartWith(family + "."));
            Assert.That(call.Bytes, Is.GreaterThan(0), call.Kernel);
            Assert.That(call.Shape.A, Is.GreaterThan(0), call.Kernel);
        }
    }

    [Test]
    public void ProductsAndAttentionCountAsTheirFormulasSay()
    {
        using var device = new HostDevice(2);
        foreach (var one in KernelCases.All.Where(one => one.Family is "MatMul" or "Attention"))
        {
            var call = Hear(device, one);
            var (a, b, c, d, _) = call.Shape;
            var expected = call.Kernel switch
            {
                "MatMul.Pack" => 0.0,
                "Attention.Forward" => 4.0 * a * b * b * c * d,
                "Attention.Backward" => 10.0 * a * b * b * c * d,
                _ => 2.0 * a * b * c,
            };
            Assert.That(call.Flops, Is.EqualTo(expected), $"{call.Kernel} {call.Shape}");
        }
    }

    [Test]
    public void NoEntryOfATrainingStepIsLeftOut()
    {
        using var device = new HostDevice(2);
        var timed = KernelCases.All.Select(one => Hear(device, one).Kernel).ToHashSet();
        Assert.That(KernelFamilies(), Is.SubsetOf(KernelCases.Families));
        Assert.That(
            new[]
            {
                "MatMul.Forward", "MatMul.BackwardInput", "MatMul.BackwardWeight", "MatMul.NN", "MatMul.NT", "MatMul.TN", "MatMul.Pack", "Attention.Forward", "Attention.Backward",
                "LayerNorm.Forward", "LayerNorm.Backward", "Gelu.Forward", "Gelu.Backward", "CrossEntropy.Forward", "CrossEntropy.Backward", "AdamW.Step", "Patchify.Forward",
                "Patchify.Backward", "TokenGather.Embed", "TokenGather.Restore", "MaskedMse.Forward", "MaskedMse.Backward", "RbfGram.SquaredDistances", "RbfGram.Backward",
                "LinfStep.Start", "LinfStep.Step", "L2Step.Step", "Philox.Uniform", "Philox.Normal",
            },
            Is.SubsetOf(timed));
    }

    [Test]
    public void TheModelsLayersAreThereWithEveryEpilogue()
    {
        using var device = new HostDevice(2);
        var calls = KernelCases.All.Where(one => one.Family == "MatMul").Select(one => Hear(device, one)).ToArray();
        foreach (var width in new[] { 192, 384, 768 })
        {
            var layers = calls.Where(call => call.Kernel == "MatMul.Forward" && call.Shape.B == width).Select(call => (call.Shape.C / (double)width, call.Shape.Form)).ToHashSet();
            Assert.That(layers, Is.SupersetOf(new[] { (3.0, "bias"), (1.0, "bias, residual"), (4.0, "bias, GELU") }), $"width {width}");
            Assert.That(
                calls.Count(call => call.Kernel == "MatMul.BackwardInput" && call.Shape.B == 4 * width && call.Shape.Form == "GELU gradient"), Is.GreaterThan(0), $"width {width}");
        }

        Assert.That(calls.Select(call => call.Shape), Does.Contain(new KernelShape(128, 128, 3072)), "the Gram of pixels");
    }

    // A family is a static class with kernels, which take spans of device memory.
    private static IEnumerable<string> KernelFamilies() =>
        from type in typeof(MatMul).Assembly.GetExportedTypes()
        where type is { IsAbstract: true, IsSealed: true, Namespace: "Mimir.Kernels" }
        where type.GetMethods(BindingFlags.Public | BindingFlags.Static).Any(method => method.GetParameters().Any(p => p.ParameterType == typeof(DeviceSpan<float>)))
        select type.Name;

    private static KernelCall Hear(HostDevice device, KernelCase one)
    {
        using var arrays = new CaseArrays(device);
        return KernelBenchmark.Hear(device, one.Prepare(arrays));
    }
}
