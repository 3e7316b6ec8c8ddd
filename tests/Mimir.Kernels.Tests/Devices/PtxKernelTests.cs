using System.Reflection;
using Mimir.Kernels.Devices;
using Mimir.Kernels.Ptx;

namespace Mimir.Kernels.Tests.Devices;

/// <summary>The names that launch code uses and the entries of the PTX files are the same.</summary>
internal sealed class PtxKernelTests
{
    /// <summary>Every kernel that a static field of the library names or leads to.</summary>
    public static IReadOnlyList<PtxKernel> Kernels { get; } =
    [
        .. typeof(PtxKernel).Assembly.GetTypes()
            .Where(type => !type.ContainsGenericParameters)
            .SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly))
            .Where(field => !field.IsLiteral && IsOurs(field.FieldType))
            .SelectMany(field => Within(field.GetValue(null), 3)),
    ];

    private static IEnumerable<string> Files => PtxFiles.Names.Order();

    [TestCaseSource(nameof(Files))]
    public void AFileIsWithoutErrorsAndEveryEntryIsLaunched(string file)
    {
        var module = PtxParser.ParseOrThrow(PtxFiles.Text(file), file + ".ptx");
        var entries = module.Functions.Where(function => function.IsEntry).Select(function => function.Name);
        var launched = Kernels.Where(kernel => kernel.File == file).Select(kernel => kernel.Entry);
        Assert.That(launched.Distinct(), Is.EquivalentTo(entries));
    }

    /// <summary>Kernels and what groups them.</summary>
    private static bool IsOurs(Type type) => (type.GetElementType() ?? type) is { IsPrimitive: false, IsEnum: false, IsPointer: false } element
        && element.Assembly == typeof(PtxKernel).Assembly;

    private static IEnumerable<PtxKernel> Within(object? value, int depth) => value switch
    {
        PtxKernel kernel => [kernel],
        Array array => array.Cast<object?>().SelectMany(element => Within(element, depth - 1)),
        not null when depth > 0 => value.GetType().GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public)
            .Where(field => IsOurs(field.FieldType))
            .SelectMany(field => Within(field.GetValue(value), depth - 1)),
        _ => [],
    };

    [Test]
    public void EveryKernelIsInAFile() =>
        Assert.That(Kernels.Select(kernel => kernel.File).Distinct().Except(PtxFiles.Names), Is.Empty);

    [Test]
    public void AFileThatIsNotThereIsNamed() =>
        Assert.That(() => PtxFiles.Image("nothing"), Throws.TypeOf<DeviceException>().With.Message.EqualTo("nothing.ptx is not among the kernels of this program"));
}
