using Mimir.Runtime.Emulation;
using Mimir.Runtime.Formats;

namespace Mimir.Runtime.Tests.Emulation;

[TestFixture]
internal sealed class KernelArgumentTextTests
{
    [TestCase("f32:0.5", "0000003F")]
    [TestCase("f32:-inf", "000080FF")]
    [TestCase("f32:nan", "0000C0FF")]
    [TestCase("f32:3.4028235e38", "FFFF7F7F")]
    [TestCase("f32:1.00000005960464477540", "0100803F", Description = "just above a tie: rounded once, not by way of a double")]
    [TestCase("f64:-2", "00000000000000C0")]
    [TestCase("f16:1.5", "003E")]
    [TestCase("bf16:1.00390625", "803F", Description = "a tie goes to even")]
    [TestCase("bf16:1.01171875", "823F")]
    [TestCase("bf16:nan", "FF7F")]
    [TestCase("i8:-128", "80")]
    [TestCase("i16:-2", "FEFF")]
    [TestCase("i32:7", "07000000")]
    [TestCase("i32:0xFFFFFFFF", "FFFFFFFF", Description = "hexadecimal digits are bits")]
    [TestCase("i64:-1", "FFFFFFFFFFFFFFFF")]
    [TestCase("u8:255", "FF")]
    [TestCase("u16:65535", "FFFF")]
    [TestCase("u32:4294967295", "FFFFFFFF")]
    [TestCase("u64:18446744073709551615", "FFFFFFFFFFFFFFFF")]
    [TestCase("bool:true", "01")]
    [TestCase("bool:0", "00")]
    [TestCase("null", "0000000000000000")]
    [TestCase("bytes:00ffA5", "00FFA5")]
    public void ValuesAreTheirBytes(string text, string bytes)
    {
        var argument = (ValueArgument)KernelArgumentText.Parse(text);
        Assert.That(Convert.ToHexString(argument.Bytes.Span), Is.EqualTo(bytes));
        Assert.That(argument.ParameterBytes, Is.EqualTo(bytes.Length / 2));
    }

    [TestCase("in:a.npy", false, "a.npy", null)]
    [TestCase("in:C:/a=b.npy", false, "C:/a=b.npy", null)]
    [TestCase("inout:a=1.npy=b.npy", false, "a=1.npy", "b.npy")]
    [TestCase("view-in:a.npy", true, "a.npy", null)]
    [TestCase("view-inout:a.npy=b.npy", true, "a.npy", "b.npy")]
    public void FilesAreArrays(string text, bool isView, string file, string? output) =>
        Assert.That(KernelArgumentText.Parse(text), Is.EqualTo(new FileArgument(file, output) { IsView = isView }));

    [TestCase("out:f32[1024]=y.npy", false, TensorType.F32, new long[] { 1024 })]
    [TestCase("out:bf16[2, 3]=y.npy", false, TensorType.BF16, new long[] { 2, 3 })]
    [TestCase("out:int64[2x3x4]=y.npy", false, TensorType.I64, new long[] { 2, 3, 4 })]
    [TestCase("out:i8[]=y.npy", false, TensorType.I8, new long[0])]
    [TestCase("view-out:bool[7]=y.npy", true, TensorType.Bool, new long[] { 7 })]
    public void OutputsHaveATypeAndAShape(string text, bool isView, TensorType type, long[] shape)
    {
        var argument = (EmptyArgument)KernelArgumentText.Parse(text);
        Assert.Multiple(() =>
        {
            Assert.That((argument.Type, argument.IsView, argument.Output), Is.EqualTo((type, isView, "y.npy")));
            Assert.That(argument.Shape, Is.EqualTo(shape).AsCollection);
            Assert.That(argument.ParameterBytes, Is.EqualTo(isView ? 16 : 8));
            Assert.That(argument.Count, Is.EqualTo(shape.Aggregate(1L, (count, size) => count * size)));
        });
    }

    [TestCase("", "is no argument")]
    [TestCase("7", "is no argument")]
    [TestCase("f33:7", "'f33' is unknown")]
    [TestCase("view-f32:7", "'view-f32' is unknown")]
    [TestCase("view-bytes:07", "'view-bytes' is unknown")]
    [TestCase("in:", "names no file")]
    [TestCase("inout:a.npy", "names no output file")]
    [TestCase("out:f32[4]", "names no output file")]
    [TestCase("out:f32=y.npy", "gives no type and shape")]
    [TestCase("out:f31[4]=y.npy", "the type 'f31' is unknown")]
    [TestCase("out:f32[-4]=y.npy", "the size '-4' is not a whole number")]
    [TestCase("out:f32[4294967296,4294967296,4294967296]=y.npy", "is larger than")]
    [TestCase("f32:half", "is not a number")]
    [TestCase("i32:0.5", "is not a whole number")]
    [TestCase("i32:2147483648", "is not in -2147483648..2147483647")]
    [TestCase("u8:-1", "is not in 0..255")]
    [TestCase("u8:0x100", "is not in 0..255")]
    [TestCase("bool:yes", "is neither true nor false")]
    [TestCase("bytes:123", "is not an even number of hexadecimal digits")]
    [TestCase("bytes:", "is not an even number of hexadecimal digits")]
    public void OtherTextsAreRefused(string text, string message) =>
        Assert.That(() => KernelArgumentText.Parse(text), Throws.TypeOf<FormatException>().With.Message.Contains(message).And.Message.Contains(text));
}
